using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using NapterFtp.Benchmarks.Clients;
using NapterFtp.Benchmarks.Source;
using NapterFtp.Simulator.Gateway;
using NapterFtp.Testing;

namespace NapterFtp.Benchmarks.Peers;

/// <summary>The source, and the relays that fetch from it, each a process of its own on loopback.</summary>
internal sealed class Arena : IAsyncDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly List<IAsyncDisposable> _running = [];
    private FixedApi _api = null!;
    private int _raw;
    private int _ftp;
    private int _ftps;

    private string Root => _folder.File("ca.pem");

    /// <summary>Starts the source.</summary>
    public static async Task<Arena> StartAsync()
    {
        var arena = new Arena();
        var authority = new CertificateAuthority("Benchmark CA");
        var server = authority.Issue(SourceServer.HostName).TargetCertificate;
        await File.WriteAllTextAsync(arena.Root, authority.Pem);
        await File.WriteAllTextAsync(arena._folder.File("server.pem"), server.ExportCertificatePem() + "\n" + server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        var source = arena.Run(new ProcessCommand(Environment.ProcessPath!, [.. Self(), "--source", arena._folder.File("server.pem")]));
        var ports = (await source.ReadLineAsync()).Split(' ');
        (arena._raw, arena._ftp, arena._ftps) = (Number(ports[0]), Number(ports[1]), Number(ports[2]));
        arena._api = new FixedApi();
        arena._running.Add(arena._api);
        return arena;
    }

    /// <summary>This relay, as an FTP proxy in the module.</summary>
    /// <param name="linger">How long data ports are kept.</param>
    public async Task<Contestant> ProxyAsync(TimeSpan linger = default)
    {
        var (process, endPoint) = await HostAsync("proxy", _ftp, linger);
        return new Contestant("NapterFtp proxy", process, () => new FtpBulkClient(endPoint));
    }

    /// <summary>This relay, as a TCP tunnel in the module.</summary>
    public async Task<Contestant> TunnelAsync()
    {
        var (process, endPoint) = await HostAsync("tunnel", _raw, TimeSpan.Zero);
        return new Contestant("NapterFtp tunnel", process, () => new RawClient(endPoint));
    }

    public async Task<Contestant> HaproxyAsync()
    {
        var port = FreePort();
        var config = await WriteAsync("haproxy.cfg", $"""
            global
              nbthread 1
              maxconn 4000
            defaults
              mode tcp
              timeout connect 10s
              timeout client 120s
              timeout server 120s
            listen relay
              bind 127.0.0.1:{port}
              server source 127.0.0.1:{_raw} ssl verify required ca-file {Root} verifyhost {SourceServer.HostName}

            """);
        return await RawAsync("HAProxy", port, new ProcessCommand("haproxy", "-db", "-q", "-f", config));
    }

    public async Task<Contestant> StunnelAsync()
    {
        var port = FreePort();
        var config = await WriteAsync("stunnel.conf", $"""
            foreground = yes
            debug = 3
            pid =
            client = yes
            [relay]
            accept = 127.0.0.1:{port}
            connect = 127.0.0.1:{_raw}
            CAfile = {Root}
            verifyChain = yes
            checkHost = {SourceServer.HostName}
            sni = {SourceServer.HostName}

            """);
        return await RawAsync("stunnel", port, new ProcessCommand("stunnel4", config));
    }

    public async Task<Contestant> SocatAsync()
    {
        var port = FreePort();
        return await RawAsync("socat", port, new ProcessCommand(
            "socat",
            "-b", "65536",
            $"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork,backlog=512,nodelay",
            $"OPENSSL:127.0.0.1:{_raw},cafile={Root},commonname={SourceServer.HostName},verify=1,nodelay"));
    }

    /// <summary>proftpd with mod_proxy as a reverse proxy for FTP: plain towards the client, TLS on control and data towards the source.</summary>
    public async Task<Contestant> ModProxyAsync()
    {
        var root = await PeerPackages.ExtractAsync("proftpd-mod-proxy");
        var port = FreePort();
        var tables = _folder.Folder("tables");
        var config = await WriteAsync("proftpd.conf", $"""
            ModulePath {root}/usr/lib/proftpd
            LoadModule mod_proxy.c
            ServerName relay
            ServerType standalone
            DefaultAddress 127.0.0.1
            SocketBindTight on
            Port {port}
            UseIPv6 off
            UseReverseDNS off
            User root
            Group root
            RootLogin on
            RequireValidShell off
            AuthPAM off
            WtmpLog off
            DelayEngine off
            MaxInstances none
            PidFile {_folder.Path}/proftpd.pid
            ScoreboardFile {_folder.Path}/proftpd.scoreboard
            SystemLog none
            TransferLog none
            ProxyEngine on
            ProxyTables {tables}
            ProxyReverseServers ftp://127.0.0.1:{_ftps}
            ProxyTLSEngine on
            ProxyTLSCACertificateFile {Root}
            ProxyTLSVerifyServer off

            """);
        var process = Run(new ProcessCommand(Path.Combine(root, "usr/sbin/proftpd"), "-n", "-q", "-c", config)
        {
            // The module expects the TLS library that another of proftpd's modules would bring.
            Environment = new Dictionary<string, string> { ["LD_LIBRARY_PATH"] = PeerPackages.LibraryPath(root), ["LD_PRELOAD"] = "libssl.so.3" },
        });
        var endPoint = new IPEndPoint(IPAddress.Loopback, port);
        await process.WaitForAsync(endPoint);
        return new Contestant("proftpd mod_proxy", process, () => new FtpBulkClient(endPoint));
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = _running.Count - 1; i >= 0; i--)
        {
            await _running[i].DisposeAsync();
        }

        _folder.Dispose();
    }

    private async Task<(ChildProcess Process, IPEndPoint EndPoint)> HostAsync(string kind, int devicePort, TimeSpan linger)
    {
        var process = Run(ModuleHost.Command(
            "Relay.ps1",
            ["-Kind", kind, "-DevicePort", devicePort.ToString(CultureInfo.InvariantCulture), "-TrustedRootPath", Root, "-PortLinger", linger.ToString()],
            _api.EndPoint));
        var endPoint = IPEndPoint.Parse(await process.ReadLineAsync("listening "));
        process.DropOutput();
        return (process, endPoint);
    }

    private async Task<Contestant> RawAsync(string name, int port, ProcessCommand command)
    {
        var process = Run(command);
        var endPoint = new IPEndPoint(IPAddress.Loopback, port);
        await process.WaitForAsync(endPoint);
        process.DropOutput();
        return new Contestant(name, process, () => new RawClient(endPoint));
    }

    private ChildProcess Run(ProcessCommand command)
    {
        var process = new ChildProcess(command, _folder);
        _running.Add(process);
        return process;
    }

    private async Task<string> WriteAsync(string name, string content)
    {
        var path = _folder.File(name);
        await File.WriteAllTextAsync(path, content);
        return path;
    }

    private static IEnumerable<string> Self() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(Arena).Assembly.Location] : [];

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
