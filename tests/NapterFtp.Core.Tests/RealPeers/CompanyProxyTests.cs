using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using NapterFtp.Copy;
using NapterFtp.Core.Tests.Copy;
using NapterFtp.Core.Tests.Relay;
using NapterFtp.Core.Tests.Transport;
using NapterFtp.Diagnosis;
using NapterFtp.Relay;
using NapterFtp.Simulator;
using NapterFtp.Soracom;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.RealPeers;

/// <summary>SORACOM's API and the gateway through real proxies.</summary>
public sealed class CompanyProxyTests : IDisposable
{
    private readonly ScratchFolder _remote = new();
    private readonly ScratchFolder _local = new();
    private readonly ScratchFolder _state = new();
    private readonly byte[] _content = new byte[300_000];
    private readonly TestCertificates _authority = new();

    public CompanyProxyTests()
    {
        Assert.SkipWhen(PeerPackages.Obstacle is not null, $"running a proxy {PeerPackages.Obstacle}");
        Random.Shared.NextBytes(_content);
        File.WriteAllBytes(_remote.File("data.bin"), _content);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _remote.Dispose();
        _local.Dispose();
        _state.Dispose();
    }

    [Theory]
    [InlineData("tinyproxy", false)]
    [InlineData("tinyproxy", true)]
    [InlineData("squid", false)]
    [InlineData("squid", true)]
    [InlineData("squid-ntlm", true)]
    [InlineData("microsocks", false)]
    [InlineData("microsocks", true)]
    public async Task Pull_push_relay_tunnel_and_check_go_through_the_proxy(string kind, bool login)
    {
        await using var simulator = await StartSimulatorAsync();
        await using var proxy = await CompanyProxy.StartAsync(kind, login);
        await using var front = new TlsFront(simulator.ApiEndPoint.Port, _authority.Issue("localhost"));
        await using var connection = await ConnectAsync(simulator, front, proxy.Address, login ? Login() : null);

        await UseAsync(connection, simulator.Imsi, _remote.Path, _local.Path);

        await connection.DisconnectAsync();
        Assert.Empty(simulator.PortMappings);
    }

    [Theory]
    [InlineData("tinyproxy", "HTTP 401")]
    [InlineData("squid-ntlm", "HTTP 407")]
    [InlineData("microsocks", "socks5")]
    public async Task A_wrong_login_at_the_proxy_is_told_as_such_and_its_password_never(string kind, string expected)
    {
        await using var simulator = await StartSimulatorAsync();
        await using var proxy = await CompanyProxy.StartAsync(kind, login: true);
        await using var front = new TlsFront(simulator.ApiEndPoint.Port, _authority.Issue("localhost"));
        var error = await Assert.ThrowsAnyAsync<NapterFtpException>(
            () => ConnectAsync(simulator, front, proxy.Address, new NetworkCredential(CompanyProxy.User, "wr0ng-secret")));
        Assert.Equal("ProxyLoginRefused", error.ErrorId);
        Assert.Equal(NapterFtpErrorKind.Authentication, error.Kind);
        Assert.Contains(proxy.Address.Authority, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wr0ng-secret", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CompanyProxy.Domain, true)]
    [InlineData("ELSEWHERE", false)]
    public async Task A_login_of_a_windows_domain_is_given_as_people_write_it(string domain, bool known)
    {
        await using var simulator = await StartSimulatorAsync();
        await using var proxy = await CompanyProxy.StartAsync("squid-ntlm", login: true);
        await using var front = new TlsFront(simulator.ApiEndPoint.Port, _authority.Issue("localhost"));
        var connecting = ConnectAsync(simulator, front, proxy.Address, new NetworkCredential($@"{domain}\{CompanyProxy.User}", CompanyProxy.Password));
        if (known)
        {
            await using var connection = await connecting;
            return;
        }

        Assert.Equal("ProxyLoginRefused", (await Assert.ThrowsAnyAsync<NapterFtpException>(() => connecting)).ErrorId);
    }

    [Fact]
    public async Task A_proxy_whose_ntlm_is_too_old_to_be_answered_is_told_as_such_by_name()
    {
        await using var simulator = await StartSimulatorAsync();
        await using var proxy = await CompanyProxy.StartAsync("squid-ntlm-old", login: true);
        await using var front = new TlsFront(simulator.ApiEndPoint.Port, _authority.Issue("localhost"));
        var error = await Assert.ThrowsAnyAsync<NapterFtpException>(() => ConnectAsync(simulator, front, proxy.Address, Login()));
        Assert.Equal("ProxyLoginRefused", error.ErrorId);
        Assert.Contains(proxy.Address.Authority, error.Message, StringComparison.Ordinal);
        Assert.Contains("NTLM", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(CompanyProxy.Password, error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tinyproxy")]
    [InlineData("squid")]
    public async Task A_proxy_that_lets_only_the_api_through_is_told_apart_from_a_device_that_is_off(string kind)
    {
        await using var simulator = await StartSimulatorAsync();
        await using var front = new TlsFront(simulator.ApiEndPoint.Port, _authority.Issue("localhost"));
        await using var proxy = await CompanyProxy.StartAsync(kind, login: false, onlyPort: front.EndPoint.Port);
        await using var connection = await ConnectAsync(simulator, front, proxy.Address, null);

        var error = await Assert.ThrowsAsync<NapterFtpException>(
            () => CopyAsync(connection, simulator.Imsi, new CopyOptions { Paths = ["/data.bin"], Destination = _local.Path }));
        Assert.Equal("ProxyRefused", error.ErrorId);
        Assert.Contains("HTTP 403", error.Message, StringComparison.Ordinal);

        var checks = new List<NapterFtpCheck>();
        await new DeviceCheck(
            new DeviceCheckOptions { Device = DeviceTarget.FromImsi(simulator.Imsi) }, _ => Task.FromResult(connection), _ => { }, checks.Add)
            .RunAsync(TestContext.Current.CancellationToken);
        var failed = Assert.Single(checks, check => check.Status == NapterFtpCheckStatus.Failed);
        Assert.Contains(proxy.Address.Authority, failed.Detail, StringComparison.Ordinal);
        Assert.Contains("CONNECT", failed.Advice, StringComparison.Ordinal);

        await connection.DisconnectAsync();
        Assert.Empty(simulator.PortMappings);
    }

    [Fact]
    public async Task A_proxy_that_is_gone_in_the_middle_of_a_transfer_fails_it_and_the_next_one_names_the_proxy()
    {
        await using var simulator = await StartSimulatorAsync(bandwidth: 20_000);
        await using var proxy = await CompanyProxy.StartAsync("tinyproxy", login: false);
        await using var front = new TlsFront(simulator.ApiEndPoint.Port, _authority.Issue("localhost"));
        await using var connection = await ConnectAsync(simulator, front, proxy.Address, null);
        await using var relay = await StartRelayAsync(connection, simulator.Imsi);
        using var client = await LoggedInAsync(relay.ListenEndPoint);
        using (var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV")))
        {
            Assert.StartsWith("150", await client.AskAsync("RETR data.bin"), StringComparison.Ordinal);
            var buffer = new byte[1000];
            await data.GetStream().ReadExactlyAsync(buffer, TestContext.Current.CancellationToken);

            await proxy.KillAsync();

            try
            {
                await data.GetStream().CopyToAsync(Stream.Null, TestContext.Current.CancellationToken);
            }
            catch (IOException)
            {
                // Reset, or ended: the reply tells.
            }

            var reply = await client.ReadLineAsync();
            Assert.True(reply is null || reply.StartsWith('4'), reply);
        }

        var error = await Assert.ThrowsAnyAsync<NapterFtpException>(
            () => CopyAsync(connection, simulator.Imsi, new CopyOptions { Paths = ["/data.bin"], Destination = _local.Path, Retry = RetryPolicy.None }));
        Assert.Equal("ProxyUnreachable", error.ErrorId);
        Assert.Empty(Directory.GetFiles(_local.Path, "*", new EnumerationOptions { AttributesToSkip = 0 }));
    }

    [Theory]
    [InlineData("tinyproxy")]
    [InlineData("squid")]
    [InlineData("microsocks")]
    public async Task A_proxy_whose_port_another_program_took_first_starts_on_the_next(string kind)
    {
        // Takes connections and says nothing.
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var taken = ((IPEndPoint)other.LocalEndpoint).Port;
        var ports = new Queue<int>([taken, FreePorts.One()]);

        await using var proxy = await CompanyProxy.StartAsync(kind, login: false, choosePort: ports.Dequeue);

        Assert.NotEqual(taken, proxy.Address.Port);
    }

    /// <summary>Pull, push, relay, tunnel and check of a device with data.bin.</summary>
    /// <param name="connection">What leads to it.</param>
    /// <param name="imsi">The device's.</param>
    /// <param name="remote">The device's folder on this machine.</param>
    /// <param name="local">An empty one.</param>
    internal static async Task UseAsync(NapterConnection connection, string imsi, string remote, string local)
    {
        var content = await File.ReadAllBytesAsync(Path.Combine(remote, "data.bin"), TestContext.Current.CancellationToken);
        await CopyAsync(connection, imsi, new CopyOptions { Paths = ["/data.bin"], Destination = local });
        Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(local, "data.bin"), TestContext.Current.CancellationToken));
        await CopyAsync(connection, imsi, new CopyOptions { Paths = [Path.Combine(local, "data.bin")], Destination = "/up/", ToDevice = true });
        Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(remote, "up/data.bin"), TestContext.Current.CancellationToken));

        await using (var relay = await StartRelayAsync(connection, imsi))
        {
            using var client = await LoggedInAsync(relay.ListenEndPoint);
            Assert.Equal(content, (await client.RetrieveAsync("RETR data.bin")).Content);
        }

        await using (var tunnel = await TcpTunnel.StartAsync(
            connection, new TcpTunnelOptions { Device = DeviceTarget.FromImsi(imsi), DevicePort = 21, Port = 0 }, null, TestContext.Current.CancellationToken))
        {
            using var client = await RawFtpClient.ConnectAsync(tunnel.ListenEndPoint);
            Assert.StartsWith("220", await client.ReadLineAsync(), StringComparison.Ordinal);
        }

        var checks = new List<NapterFtpCheck>();
        await new DeviceCheck(
            new DeviceCheckOptions { Device = DeviceTarget.FromImsi(imsi) }, _ => Task.FromResult(connection), _ => { }, checks.Add)
            .RunAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain(checks, check => check.Status == NapterFtpCheckStatus.Failed);
    }

    private static NetworkCredential Login() => new(CompanyProxy.User, CompanyProxy.Password);

    private Task<NapterSimulator> StartSimulatorAsync(int? bandwidth = null) => NapterSimulator.StartAsync(new SimulatorOptions
    {
        Sims = [new SimulatedSimOptions { RootPath = _remote.Path, Bandwidth = bandwidth }],
    });

    private Task<NapterConnection> ConnectAsync(NapterSimulator simulator, TlsFront front, Uri proxy, NetworkCredential? login)
    {
        var roots = _state.File("roots.pem");
        File.WriteAllText(roots, File.ReadAllText(simulator.TrustedRootPath) + "\n" + _authority.Root.ExportCertificatePem());
        return NapterConnection.ConnectAsync(
            new NapterConnectionOptions
            {
                Credential = new SoracomCredential.AuthKey(simulator.AuthKeyId, new NetworkCredential("", simulator.AuthKey).SecurePassword),
                Endpoint = front.EndPoint,
                TrustedRootPath = roots,
                JournalFolder = _state.File("journal"),
                Proxy = proxy,
                ProxyCredential = login,
            },
            TestContext.Current.CancellationToken);
    }

    private static Task<FtpProxy> StartRelayAsync(NapterConnection connection, string imsi) => FtpProxy.StartAsync(
        connection,
        new FtpProxyOptions { Device = DeviceTarget.FromImsi(imsi), Port = 0, PassivePorts = PassivePortRange.Any },
        null,
        TestContext.Current.CancellationToken);

    private static async Task<RawFtpClient> LoggedInAsync(IPEndPoint endPoint)
    {
        var client = await RawFtpClient.ConnectAsync(endPoint);
        Assert.StartsWith("220", await client.ReadLineAsync(), StringComparison.Ordinal);
        await client.AskAsync("USER anonymous");
        Assert.StartsWith("230", await client.AskAsync("PASS me@"), StringComparison.Ordinal);
        await client.AskAsync("TYPE I");
        return client;
    }

    private static async Task CopyAsync(NapterConnection connection, string imsi, CopyOptions options)
    {
        var log = new CopyLog();
        await using var client = DeviceClient.Create(connection, DeviceTarget.FromImsi(imsi), 21, new FtpClientOptions());
        await DeviceCopy.RunAsync(client, options with { Retry = RetryPolicy.None }, log, TestContext.Current.CancellationToken);
        Assert.Empty(log.Errors);
    }

    /// <summary>TLS in front of the simulator's API, as SORACOM's has it: plain http to this machine goes through no proxy.</summary>
    internal sealed class TlsFront : IAsyncDisposable
    {
        private readonly TcpListener[] _listeners = Listen();
        private readonly X509Certificate2 _certificate;
        private readonly int _port;
        private readonly Task _accepting;

        public TlsFront(int port, X509Certificate2 certificate)
        {
            _port = port;
            _certificate = certificate;
            EndPoint = new UriBuilder("https", "localhost", ((IPEndPoint)_listeners[0].LocalEndpoint).Port).Uri;
            _accepting = Task.WhenAll(_listeners.Select(AcceptAsync));
        }

        public Uri EndPoint { get; }

        public async ValueTask DisposeAsync()
        {
            foreach (var listener in _listeners)
            {
                listener.Dispose();
            }

            await _accepting;
            _certificate.Dispose();
        }

        // At every address that the name may mean: some proxies try but the first.
        private static TcpListener[] Listen()
        {
            while (true)
            {
                var listener = new TcpListener(IPAddress.Loopback, 0);
                listener.Start();
                var other = new TcpListener(IPAddress.IPv6Loopback, ((IPEndPoint)listener.LocalEndpoint).Port);
                try
                {
                    other.Start();
                    return [listener, other];
                }
                catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
                {
                    listener.Dispose();
                }
                catch (SocketException)
                {
                    // There is no IPv6 here.
                    return [listener];
                }
            }
        }

        private async Task AcceptAsync(TcpListener listener)
        {
            try
            {
                while (true)
                {
                    _ = ServeAsync(await listener.AcceptTcpClientAsync());
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Disposed of.
            }
        }

        private async Task ServeAsync(TcpClient client)
        {
            try
            {
                using var _ = client;
                using var api = new TcpClient();
                await api.ConnectAsync(IPAddress.Loopback, _port);
                await using var tls = new SslStream(client.GetStream());
                await tls.AuthenticateAsServerAsync(_certificate);
                await Task.WhenAny(tls.CopyToAsync(api.GetStream()), api.GetStream().CopyToAsync(tls));
            }
            catch (Exception e) when (e is IOException or SocketException or AuthenticationException)
            {
                // That client has gone.
            }
        }
    }
}
