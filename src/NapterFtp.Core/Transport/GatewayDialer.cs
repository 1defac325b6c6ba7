using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using NapterFtp.Diagnostics;

namespace NapterFtp.Transport;

/// <summary>Connects to SORACOM's gateway over TCP and TLS. Trying again is the caller's business.</summary>
internal sealed class GatewayDialer(GatewayDialerOptions options, TimeProvider time) : IGatewayDialer
{
    private int _blocking;

    public Task<Connection> ConnectAsync(GatewayEndPoint endPoint, CancellationToken cancellationToken)
    {
        if (!endPoint.Bulk || ProxyFor(endPoint) is not null || !TryBlock())
        {
            return ConnectAsync(endPoint, blocking: false, cancellationToken);
        }

        // The whole life of a bulk connection is one of blocking calls; see SocketConnection.CanBlock.
        return Task.Factory.StartNew(
            () => ConnectAsync(endPoint, blocking: true, cancellationToken),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).Unwrap();
    }

    /// <summary>The TLS handshake alone, over a connection made without it, which is aborted where it fails.</summary>
    /// <exception cref="NapterFtpException">As <see cref="ConnectAsync(GatewayEndPoint, CancellationToken)"/>.</exception>
    public async Task<Connection> SecureAsync(GatewayEndPoint endPoint, Connection connection, CancellationToken cancellationToken) =>
        await HandshakeAsync(endPoint, connection, blocking: false, cancellationToken);

    private async Task<Connection> ConnectAsync(GatewayEndPoint endPoint, bool blocking, CancellationToken cancellationToken)
    {
        using var activity = NapterFtpDiagnostics.Activities.StartActivity("napterftp.gateway.connect");
        var connection = ProxyFor(endPoint) is { } proxy
            ? await ConnectThroughAsync(proxy, endPoint, cancellationToken)
            : await ConnectSocketAsync(endPoint, blocking, cancellationToken);
        return endPoint.Tls ? await HandshakeAsync(endPoint, connection, blocking, cancellationToken) : connection;
    }

    private Uri? ProxyFor(GatewayEndPoint endPoint) => options.Proxy?.GetProxy(new UriBuilder("https", endPoint.ProxyHost, endPoint.EndPoint.Port).Uri);

    private async Task<Connection> ConnectThroughAsync(Uri proxy, GatewayEndPoint endPoint, CancellationToken cancellationToken)
    {
        var destination = string.Create(CultureInfo.InvariantCulture, $"{endPoint.ProxyHost}:{endPoint.EndPoint.Port}");
        using var limit = new TimeLimit(options.ConnectTimeout, time, cancellationToken);
        try
        {
            return await ProxyTunnel.ConnectAsync(options.Proxy!, endPoint.ProxyHost, endPoint.EndPoint.Port, options.Socket, limit.Token);
        }
        catch (Exception exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw limit.Token.IsCancellationRequested ? ProxyErrors.Timeout(proxy, destination, options.ConnectTimeout, endPoint.EndPoint, exception)
                : exception is HttpRequestException refused && ProxyErrors.From(proxy, destination, endPoint.EndPoint, refused) is { } told ? told
                : GatewayErrors.Connect(endPoint, exception);
        }
    }

    private async Task<Connection> ConnectSocketAsync(GatewayEndPoint endPoint, bool blocking, CancellationToken cancellationToken)
    {
        Socket? socket = null;
        using var limit = new TimeLimit(options.ConnectTimeout, time, cancellationToken);
        try
        {
            FileHandles.OfProcess.Ask();
            socket = new Socket(endPoint.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (blocking)
            {
                await using var stop = limit.Token.UnsafeRegister(static socket => ((Socket)socket!).Dispose(), socket);
                socket.Connect(endPoint.EndPoint);
            }
            else
            {
                await socket.ConnectAsync(endPoint.EndPoint, limit.Token);
            }

            return new SocketConnection(socket, options.Socket, mayBlock: blocking, blocking ? EndBlocking : null);
        }
        catch (Exception exception)
        {
            socket?.Dispose();
            if (blocking)
            {
                EndBlocking();
            }

            cancellationToken.ThrowIfCancellationRequested();
            throw limit.Token.IsCancellationRequested
                ? GatewayErrors.Timeout(endPoint, options.ConnectTimeout, "took no connection", exception)
                : GatewayErrors.Connect(endPoint, exception);
        }
    }

    private async Task<TlsConnection> HandshakeAsync(
        GatewayEndPoint endPoint, Connection connection, bool blocking, CancellationToken cancellationToken)
    {
        var verdict = SslPolicyErrors.None;
        string? chainStatus = null;
        using var limit = new TimeLimit(options.HandshakeTimeout, time, cancellationToken);
        try
        {
            await using var stop = blocking
                ? limit.Token.UnsafeRegister(static connection => ((Connection)connection!).Abort(), connection)
                : default;
            return await TlsConnection.ConnectAsync(
                connection,
                new SslClientAuthenticationOptions
                {
                    TargetHost = endPoint.HostName,
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    CertificateChainPolicy = GatewayCertificate.ChainPolicy(options.ExtraRoots),
                    RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                    {
                        verdict = GatewayCertificate.Verify(certificate, chain, errors, options.ExtraRoots);
                        chainStatus = string.Join(", ", chain?.ChainStatus.Select(status => status.Status.ToString()) ?? []);
                        return verdict == SslPolicyErrors.None;
                    },
                },
                blocking,
                endClosesBoth: options.EndingTlsClosesBoth && !endPoint.Bulk,
                limit.Token);
        }
        catch (Exception exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw limit.Token.IsCancellationRequested
                ? GatewayErrors.Timeout(endPoint, options.HandshakeTimeout, "did not complete the TLS handshake", exception)
                : GatewayErrors.Handshake(endPoint, verdict, chainStatus, exception);
        }
    }

    private bool TryBlock()
    {
        if (Interlocked.Increment(ref _blocking) <= options.BlockingLimit)
        {
            return true;
        }

        EndBlocking();
        return false;
    }

    private void EndBlocking() => Interlocked.Decrement(ref _blocking);
}

/// <summary>Connects to SORACOM's gateway.</summary>
internal interface IGatewayDialer
{
    /// <summary>Connects and, where the end point says so, completes the TLS handshake with certificate and host name verified.</summary>
    /// <exception cref="NapterFtpException">
    /// <c>GatewayUnreachable</c> (refused or no route), <c>GatewayTimeout</c> (no answer: expired entry, source address not
    /// allowed, or device gone), <c>GatewayReset</c>, <c>GatewayCertificateNotTrusted</c>, <c>GatewayNameMismatch</c>,
    /// <c>GatewayHandshakeFailed</c>, <c>TooManyOpenFiles</c>; where the way leads through a proxy, <c>ProxyUnreachable</c>, <c>ProxyLoginRefused</c>,
    /// <c>ProxyRefused</c>, <c>ProxyFoundNoWay</c>, <c>ProxyTimeout</c>.
    /// </exception>
    Task<Connection> ConnectAsync(GatewayEndPoint endPoint, CancellationToken cancellationToken);
}

/// <summary>How to connect to the gateway.</summary>
internal sealed record GatewayDialerOptions
{
    /// <summary>Time limit for the TCP connection.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Time limit for the TLS handshake that follows.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Certificate authorities trusted beside the system's own.</summary>
    public X509Certificate2Collection ExtraRoots { get; init; } = [];

    /// <summary>The way out through a company's proxy; null for none.</summary>
    public OutboundProxy? Proxy { get; init; }

    /// <summary>How many connections for bulk data may block threads, two each, at the same time; the others are relayed
    /// asynchronously, at about one and a half times the cost.</summary>
    public int BlockingLimit { get; init; } = Math.Max(4, 2 * Environment.ProcessorCount);

    /// <summary>Whether TLS that has sent its close_notify reads no more, as on macOS (Secure Transport's <c>SSLClose</c>). A
    /// connection that is not for bulk data, such as a tunnel's, then tells its end by FIN alone, so that the answer still
    /// arrives; a data connection of FTP has nothing to come after it.</summary>
    public bool EndingTlsClosesBoth { get; init; } = OperatingSystem.IsMacOS();

    public SocketTuning Socket { get; init; } = SocketTuning.Default;
}

/// <summary>Where to connect on SORACOM's gateway: by address, with the host name for TLS, which saves a name look-up each time.</summary>
/// <param name="EndPoint">The address and port to connect to.</param>
/// <param name="HostName">The name the gateway's certificate must carry.</param>
/// <param name="Tls">Whether to speak TLS; always, but for entries a user made with <c>New-NapterPort -NoTls</c>.</param>
internal sealed record GatewayEndPoint(IPEndPoint EndPoint, string HostName, bool Tls = true)
{
    /// <summary>What a proxy is asked for: the name, which its rules may be about; an address where no name server can know the name.</summary>
    public string ProxyHost => IPAddress.IsLoopback(EndPoint.Address) ? EndPoint.Address.ToString() : HostName;

    /// <summary>Whether the connection is for much data in little time, such as a file.</summary>
    public bool Bulk { get; init; }
}
