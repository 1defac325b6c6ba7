using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using NapterFtp.Testing;
using NapterFtp.Transport;

namespace NapterFtp.Core.Tests.Transport;

public sealed class GatewayDialerTests : IDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly LoopbackGateway _gateway = new();

    public void Dispose()
    {
        _gateway.Dispose();
        _certificates.Dispose();
    }

    [Fact]
    public async Task A_gateway_with_a_certificate_of_a_trusted_root_and_the_right_name_is_connected()
    {
        using var certificate = _certificates.Issue("gateway.test");
        var accepting = _gateway.AcceptTlsAsync(certificate);
        await using var connection = await Dialer().ConnectAsync(_gateway.EndPoint, default);
        await using var server = await accepting;

        await connection.WriteAsync("hello"u8.ToArray(), default);
        await connection.CompleteWritesAsync(default);
        using var reader = new StreamReader(server, leaveOpen: true);
        Assert.Equal("hello", await reader.ReadToEndAsync());
        await server.WriteAsync("world"u8.ToArray());
        await server.ShutdownAsync();
        Assert.Equal("world", await ReadToEndAsync(connection));
        Assert.True(connection.EndedCleanly);
    }

    [Fact]
    public async Task An_end_without_close_notify_can_be_told_from_a_good_one()
    {
        using var certificate = _certificates.Issue("gateway.test");
        var accepting = _gateway.AcceptTlsAsync(certificate);
        await using var connection = await Dialer().ConnectAsync(_gateway.EndPoint, default);
        var server = await accepting;
        await server.WriteAsync("cut"u8.ToArray());
        await server.DisposeAsync();

        Assert.Equal("cut", await ReadToEndAsync(connection));
        Assert.False(connection.EndedCleanly);
    }

    [Fact]
    public async Task An_abort_reaches_the_peer_as_a_reset()
    {
        var accepting = _gateway.AcceptAsync();
        await using var connection = await Dialer().ConnectAsync(_gateway.EndPoint with { Tls = false }, default);
        using var server = await accepting;
        connection.Abort();
        var error = await Assert.ThrowsAsync<SocketException>(() => server.ReceiveAsync(new byte[1]));
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
    }

    [Fact]
    public async Task A_missing_root_is_named_as_such_and_nothing_is_downloaded_to_find_it()
    {
        var error = await RefusesAsync("GatewayCertificateNotTrusted", "gateway.test", []);
        Assert.Contains("not among this machine's trusted roots", error.Advice, StringComparison.Ordinal);
    }

    /// <summary>Extra roots come first, for they are few, and take nothing away.</summary>
    [Fact]
    public void A_root_of_the_systems_is_trusted_beside_extra_ones()
    {
        using var store = new X509Store(StoreName.Root, StoreLocation.LocalMachine, OpenFlags.ReadOnly);
        var known = store.Certificates.FirstOrDefault(root => root.NotBefore < DateTime.Now && root.NotAfter > DateTime.Now);
        Assert.SkipWhen(known is null, "This computer has no root certificates.");
        using var chain = new X509Chain { ChainPolicy = GatewayCertificate.ChainPolicy([_certificates.Root]) };
        Assert.False(chain.Build(known));

        Assert.Equal(SslPolicyErrors.None, GatewayCertificate.Verify(known, chain, SslPolicyErrors.RemoteCertificateChainErrors, [_certificates.Root]));
        Assert.Equal(
            SslPolicyErrors.RemoteCertificateNameMismatch,
            GatewayCertificate.Verify(
                known, chain, SslPolicyErrors.RemoteCertificateChainErrors | SslPolicyErrors.RemoteCertificateNameMismatch, [_certificates.Root]));
    }

    [Fact]
    public async Task Issuers_that_a_certificate_says_where_to_find_are_not_fetched()
    {
        using var web = new TcpListener(IPAddress.Loopback, 0);
        web.Start();
        var fetched = web.AcceptSocketAsync();
        using var leaf = TestCertificates.IssueBelowHidden("gateway.test", new Uri($"http://{web.LocalEndpoint}/issuer.cer"));
        await RefusesAsync("GatewayCertificateNotTrusted", leaf, []);
        Assert.False(fetched.IsCompleted);
    }

    [Fact]
    public async Task A_connection_whose_TLS_cannot_read_behind_its_own_end_still_gets_the_answer()
    {
        using var certificate = _certificates.Issue("gateway.test");
        var options = new GatewayDialerOptions { ExtraRoots = [_certificates.Root], EndingTlsClosesBoth = true };
        var accepting = AcceptAsync(certificate);
        await using var connection = await new GatewayDialer(options, TimeProvider.System).ConnectAsync(_gateway.EndPoint, default);
        await using var server = await accepting;

        await connection.WriteAsync("question"u8.ToArray(), default);
        await connection.CompleteWritesAsync(default);
        Assert.Equal("question", await ReadToEndAsync(server));
        Assert.False(server.EndedCleanly);
        await server.WriteAsync("answer"u8.ToArray(), default);
        await server.CompleteWritesAsync(default);
        Assert.Equal("answer", await ReadToEndAsync(connection));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task No_more_connections_take_threads_than_the_limit_whatever_the_system(bool asynchronyIsForGood)
    {
        var options = new GatewayDialerOptions
        {
            BlockingLimit = 1,
            Socket = new SocketTuning { AsynchronyIsForGood = asynchronyIsForGood },
        };
        var dialer = new GatewayDialer(options, TimeProvider.System);
        var clear = _gateway.EndPoint with { Tls = false };
        await using var idle = await dialer.ConnectAsync(clear, default);
        var first = await dialer.ConnectAsync(clear with { Bulk = true }, default);
        await using var second = await dialer.ConnectAsync(clear with { Bulk = true }, default);
        Assert.Equal((false, true, false), (idle.CanBlock, first.CanBlock, second.CanBlock));
        await first.DisposeAsync();
        await using var third = await dialer.ConnectAsync(clear with { Bulk = true }, default);
        Assert.True(third.CanBlock);
    }

    [Fact]
    public Task A_certificate_for_another_name_is_refused() => RefusesAsync("GatewayNameMismatch", "other.test", [_certificates.Root]);

    [Fact]
    public Task An_expired_certificate_is_refused() =>
        RefusesAsync("GatewayCertificateNotTrusted", "gateway.test", [_certificates.Root], validFromDays: -3, validToDays: -2);

    [Fact]
    public async Task Nobody_listening_is_reported_as_unreachable()
    {
        var nobody = new GatewayEndPoint(new IPEndPoint(IPAddress.Loopback, FreePorts.One()), "gateway.test");
        var error = await Assert.ThrowsAsync<NapterFtpException>(() => Dialer().ConnectAsync(nobody, default));
        Assert.Equal("GatewayUnreachable", error.ErrorId);
        Assert.NotNull(error.Advice);
    }

    [Fact]
    public async Task A_gateway_that_stays_silent_in_the_handshake_times_out()
    {
        var time = new FakeTimeProvider();
        var accepting = _gateway.AcceptAsync();
        var connecting = Dialer(time).ConnectAsync(_gateway.EndPoint, default);
        using var server = await accepting;
        await server.ReceiveAsync(new byte[1]);
        time.Advance(TimeSpan.FromSeconds(15));
        var error = await Assert.ThrowsAsync<NapterFtpException>(() => connecting);
        Assert.Equal(("GatewayTimeout", NapterFtpErrorKind.Timeout), (error.ErrorId, error.Kind));
        Assert.Contains("expired", error.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_gateway_that_hangs_up_in_the_handshake_is_reported_as_reset(bool reset)
    {
        var accepting = _gateway.AcceptAsync();
        var connecting = Dialer().ConnectAsync(_gateway.EndPoint, default);
        var server = await accepting;
        await server.ReceiveAsync(new byte[1]);
        server.LingerState = new LingerOption(reset, 0);
        server.Dispose();
        Assert.Equal("GatewayReset", (await Assert.ThrowsAsync<NapterFtpException>(() => connecting)).ErrorId);
    }

    [Fact]
    public async Task A_peer_that_speaks_no_tls_is_reported_as_a_failed_handshake()
    {
        var accepting = _gateway.AcceptAsync();
        var connecting = Dialer().ConnectAsync(_gateway.EndPoint, default);
        using var server = await accepting;
        await server.SendAsync("220 FTP server ready.\r\n"u8.ToArray());
        Assert.Equal("GatewayHandshakeFailed", (await Assert.ThrowsAsync<NapterFtpException>(() => connecting)).ErrorId);
    }

    [Fact]
    public async Task The_callers_cancellation_is_passed_on_as_such()
    {
        using var cancel = new CancellationTokenSource();
        var accepting = _gateway.AcceptAsync();
        var connecting = Dialer().ConnectAsync(_gateway.EndPoint, cancel.Token);
        using var server = await accepting;
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
    }

    private async Task<Connection> AcceptAsync(X509Certificate2 certificate) => await TlsConnection.AcceptAsync(
        new SocketConnection(await _gateway.AcceptAsync()), new SslServerAuthenticationOptions { ServerCertificate = certificate }, default);

    private static async Task<string> ReadToEndAsync(Connection connection)
    {
        using var all = new MemoryStream();
        var buffer = new byte[1024];
        while (await connection.ReadAsync(buffer, default) is var read and > 0)
        {
            all.Write(buffer, 0, read);
        }

        return System.Text.Encoding.ASCII.GetString(all.ToArray());
    }

    private GatewayDialer Dialer(TimeProvider? time = null, X509Certificate2Collection? roots = null) =>
        new(new GatewayDialerOptions { ExtraRoots = roots ?? [_certificates.Root] }, time ?? TimeProvider.System);

    private async Task<NapterFtpException> RefusesAsync(
        string errorId, string name, X509Certificate2Collection roots, int validFromDays = -1, int validToDays = 1)
    {
        using var certificate = _certificates.Issue(name, validFromDays, validToDays);
        return await RefusesAsync(errorId, certificate, roots);
    }

    private async Task<NapterFtpException> RefusesAsync(string errorId, X509Certificate2 certificate, X509Certificate2Collection roots)
    {
        var accepting = _gateway.AcceptTlsAsync(certificate);
        var error = await Assert.ThrowsAsync<NapterFtpException>(() => Dialer(null, roots).ConnectAsync(_gateway.EndPoint, default));
        Assert.Equal((errorId, NapterFtpErrorKind.Security), (error.ErrorId, error.Kind));
        await Task.WhenAny(accepting);
        return error;
    }
}
