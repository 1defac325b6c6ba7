using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using NapterFtp.Ftp;
using NapterFtp.Transport;

namespace NapterFtp.Relay;

/// <summary>Explicit FTPS towards the client (RFC 2228, RFC 4217), which the relay ends itself; the device never hears of it.
/// Without a certificate the relay refuses AUTH, so that it never loses sight of the dialogue.</summary>
internal sealed class LocalTls(ControlSession session)
{
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(30);

    private readonly SslServerAuthenticationOptions? _options = session.Services.LocalTls;

    private bool _secured;

    /// <summary>What the handshakes of one proxy share; null without a certificate.</summary>
    /// <param name="certificate">With its private key.</param>
    /// <param name="usesKeysInMemory">Whether the system's TLS takes a key that exists in memory alone, as of a PEM file; Windows'
    /// does not, and fails each handshake.</param>
    public static SslServerAuthenticationOptions? CreateOptions(X509Certificate2? certificate, bool usesKeysInMemory) => certificate is null
        ? null
        : new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(
                usesKeysInMemory ? certificate : WithStoredKey(certificate), additionalCertificates: null),

            // Not 1.3: its server sends session tickets after the handshake. A client that uploads and closes without having read
            // them resets the connection, and the end of its file is lost. 1.2 sends them within the handshake.
            EnabledSslProtocols = SslProtocols.Tls12,
        };

    /// <summary>The certificate with its key in a container of the system's, which goes when the certificate does.</summary>
    private static X509Certificate2 WithStoredKey(X509Certificate2 certificate)
    {
        try
        {
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
        }
        catch (CryptographicException)
        {
            // A key that cannot be exported is in a container already.
            return certificate;
        }
    }

    /// <summary>Whether clients are offered TLS.</summary>
    public bool IsOffered => _options is not null;

    /// <summary>Answers AUTH, PBSZ, PROT and their like.</summary>
    public async Task HandleAsync(FtpCommand command, FtpCommandReader reader, CancellationToken cancellationToken)
    {
        var argument = Encoding.ASCII.GetString(command.Argument.Span).Trim().ToUpperInvariant();
        if (_options is null)
        {
            await AnswerAsync(502, $"{command.Verb} is not offered here; the relay encrypts the way to the device itself.", cancellationToken);
            return;
        }

        if (command.Verb == "AUTH")
        {
            await HandleAuthAsync(argument, reader, cancellationToken);
            return;
        }

        var (code, text) = command.Verb switch
        {
            _ when !_secured => (503, "Send AUTH TLS first."),
            "PBSZ" => (200, "PBSZ=0"),
            "PROT" => Protect(argument),
            "CCC" => (533, "The control connection stays protected."),
            _ => (502, $"{command.Verb} is not used with TLS."),
        };
        await AnswerAsync(code, text, cancellationToken);
    }

    private (int Code, string Text) Protect(string level)
    {
        switch (level)
        {
            case "P":
                session.ProtectData = ProtectAsync;
                return (200, "Data connections are protected.");
            case "C":
                session.ProtectData = static (connection, _) => Task.FromResult(connection);
                return (200, "Data connections are clear.");
            default:
                return level is "S" or "E" ? (536, "Only PROT P and PROT C.") : (504, "PROT takes P or C.");
        }
    }

    private async Task HandleAuthAsync(string mechanism, FtpCommandReader reader, CancellationToken cancellationToken)
    {
        if (_secured)
        {
            await AnswerAsync(503, "TLS is in use already.", cancellationToken);
            return;
        }

        if (mechanism is not ("TLS" or "TLS-C" or "SSL" or "TLS-P"))
        {
            await AnswerAsync(504, "AUTH takes TLS.", cancellationToken);
            return;
        }

        if (reader.TakeRest().Length > 0)
        {
            // Commands sent in clear behind AUTH could come from anybody on the way; they must not run as if protected.
            await AnswerAsync(503, "Wait for the reply to AUTH.", cancellationToken);
            return;
        }

        var slot = await session.Client.AddAsync(RelayReply.Line(234, "Begin the TLS handshake."), cancellationToken);
        await slot.Sent.WaitAsync(cancellationToken);
        session.Client.Replace(await ProtectAsync(session.Client.Connection, cancellationToken));
        _secured = true;
        if (mechanism is "SSL" or "TLS-P")
        {
            session.ProtectData = ProtectAsync;
        }
    }

    private async Task<Connection> ProtectAsync(Connection connection, CancellationToken cancellationToken)
    {
        using var limit = new TimeLimit(HandshakeTimeout, session.Services.Time, cancellationToken);
        try
        {
            return await TlsConnection.AcceptAsync(connection, _options!, limit.Token);
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            throw HandshakeError(e.Message, e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw HandshakeError($"It did not end within {HandshakeTimeout.TotalSeconds:0} s.", e);
        }
    }

    private NapterFtpException HandshakeError(string reason, Exception e) => new(
        "ClientTlsFailed",
        NapterFtpErrorKind.Security,
        $"The client's TLS handshake failed: {reason}",
        "Let the client trust the certificate given with -TlsCertificate.",
        session.ClientEndPoint,
        e);

    private Task AnswerAsync(int code, string text, CancellationToken cancellationToken) => session.AnswerAsync(code, text, cancellationToken);
}
