using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using NapterFtp.Transport;

namespace NapterFtp.Core.Tests.Transport;

/// <summary>Each data connection is a TLS connection of its own: resuming the session before saves the gateway's certificate
/// (RFC 8446, section 2.2), but never its verification.</summary>
public sealed class TlsResumptionTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    // Sessions are kept by host name, for the whole process.
    private readonly LoopbackGateway _gateway = new($"{Guid.NewGuid():N}.gateway.test");
    private readonly X509Certificate2 _certificate;
    private readonly SslStreamCertificateContext _context;

    public TlsResumptionTests()
    {
        _certificate = _certificates.Issue(_gateway.EndPoint.HostName);
        _context = SslStreamCertificateContext.Create(_certificate, null, offline: true);
    }

    public void Dispose()
    {
        _gateway.Dispose();
        _certificate.Dispose();
        _certificates.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_next_connection_resumes_the_session_and_gets_no_certificate_again(bool bulk)
    {
        Assert.SkipWhen(OperatingSystem.IsMacOS(), ".NET resumes no TLS sessions on macOS.");
        var first = await ConnectAsync(_certificates.Root, bulk);
        var second = await ConnectAsync(_certificates.Root, bulk);
        Assert.InRange(first, _certificate.RawData.Length, int.MaxValue);
        Assert.InRange(second, 1, first - _certificate.RawData.Length);
    }

    [Fact]
    public async Task Who_does_not_trust_the_gateway_resumes_no_session_of_one_who_does()
    {
        await ConnectAsync(_certificates.Root, bulk: false);
        using var others = new TestCertificates();
        var error = await Assert.ThrowsAsync<NapterFtpException>(() => ConnectAsync(others.Root, bulk: false));
        Assert.Equal(NapterFtpErrorKind.Security, error.Kind);
    }

    /// <summary>Connects, and returns the bytes that the gateway sent for the handshake.</summary>
    private async Task<int> ConnectAsync(X509Certificate2 root, bool bulk)
    {
        var accepting = AcceptAsync();
        try
        {
            var dialer = new GatewayDialer(new GatewayDialerOptions { ExtraRoots = [root] }, TimeProvider.System);
            await using var connection = await dialer.ConnectAsync(_gateway.EndPoint with { Bulk = bulk }, default);

            // The ticket for the next session comes behind the handshake.
            var buffer = new byte[1];
            Assert.Equal(1, bulk ? connection.Read(buffer) : await connection.ReadAsync(buffer, default));
        }
        catch (NapterFtpException)
        {
            await Task.WhenAny(accepting);
            throw;
        }

        return await accepting;
    }

    private async Task<int> AcceptAsync()
    {
        await using var counted = new CountingStream(await _gateway.AcceptAsync());
        await using var tls = new SslStream(counted);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = _context });
        var sent = counted.Written;
        await tls.WriteAsync("1"u8.ToArray());
        return await tls.ReadAsync(new byte[1]) == 0 ? sent : throw new InvalidOperationException("Nothing was to be sent.");
    }

    private sealed class CountingStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
    {
        public int Written { get; private set; }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Written += buffer.Length;
            return base.WriteAsync(buffer, cancellationToken);
        }
    }
}
