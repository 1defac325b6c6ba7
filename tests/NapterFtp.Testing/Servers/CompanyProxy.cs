using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NapterFtp.Testing;

/// <summary>A real proxy of the sort that companies have on their way out: tinyproxy and squid (HTTP CONNECT) or microsocks
/// (SOCKS 5). Needs root; see <see cref="PeerPackages"/>.</summary>
public sealed class CompanyProxy : IAsyncDisposable
{
    public const string User = "night";
    public const string Password = "shift2work";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);

    private readonly ScratchFolder _config = new();
    private readonly StringBuilder _log = new();
    private Process? _process;

    private CompanyProxy()
    {
    }

    /// <summary>Where it listens, as <c>-Proxy</c> takes it.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>What it has written so far.</summary>
    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    /// <param name="kind"><c>tinyproxy</c>, <c>squid</c> or <c>microsocks</c>.</param>
    /// <param name="login">Whether it wants <see cref="User"/> and <see cref="Password"/>.</param>
    /// <param name="onlyPort">The only port it lets through; null for all.</param>
    /// <param name="listen">Where it listens; loopback unless told otherwise.</param>
    public static async Task<CompanyProxy> StartAsync(string kind, bool login, int? onlyPort = null, IPAddress? listen = null)
    {
        var root = PeerPackages.FindInPath(kind) is not null ? "/" : await PeerPackages.ExtractAsync(kind);
        var proxy = new CompanyProxy();
        try
        {
            for (var attempt = 1; !await proxy.TryStartAsync(kind, root, listen ?? IPAddress.Loopback, login, onlyPort); attempt++)
            {
                if (attempt == 3)
                {
                    throw new InvalidOperationException($"{kind} did not start: {proxy.Log}");
                }
            }

            return proxy;
        }
        catch
        {
            await proxy.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends it at once, with all connections through it.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _config.Dispose();
    }

    private async Task<bool> TryStartAsync(string kind, string root, IPAddress listen, bool login, int? onlyPort)
    {
        var port = FreePorts.One();
        var command = kind switch
        {
            "tinyproxy" => await TinyproxyAsync(root, listen, port, login, onlyPort),
            "squid" => await SquidAsync(root, listen, port, login, onlyPort),
            "microsocks" => Microsocks(root, listen, port, login),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
        if (root != "/")
        {
            command = command with { Environment = new Dictionary<string, string> { ["LD_LIBRARY_PATH"] = PeerPackages.LibraryPath(root) } };
        }

        Address = new UriBuilder(kind == "microsocks" ? "socks5" : "http", listen.ToString(), port).Uri;
        _process = ProcessRunner.Start(command);
        _process.OutputDataReceived += Append;
        _process.ErrorDataReceived += Append;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var limit = new CancellationTokenSource(StartLimit);
        while (!_process.HasExited)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(listen, port, limit.Token);
                return true;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), limit.Token);
            }
        }

        await KillAsync();
        return false;
    }

    private async Task<ProcessCommand> TinyproxyAsync(string root, IPAddress listen, int port, bool login, int? onlyPort)
    {
        var config = _config.File("tinyproxy.conf");
        await File.WriteAllTextAsync(config, string.Create(CultureInfo.InvariantCulture, $"""
            Port {port}
            Listen {listen}
            Timeout 600
            MaxClients 400
            LogLevel Connect
            {(login ? $"BasicAuth {User} {Password}" : "")}
            {(onlyPort is { } only ? $"ConnectPort {only}" : "")}

            """));
        return new ProcessCommand(Program(root, "usr/bin/tinyproxy"), "-d", "-c", config);
    }

    private async Task<ProcessCommand> SquidAsync(string root, IPAddress listen, int port, bool login, int? onlyPort)
    {
        // Its own helper that believes any password, but wants one.
        var config = _config.File("squid.conf");
        await File.WriteAllTextAsync(config, string.Create(CultureInfo.InvariantCulture, $"""
            http_port {listen}:{port}
            {(login ? $"auth_param basic program {Program(root, "usr/lib/squid/basic_fake_auth")}\nauth_param basic children 4\nacl known proxy_auth REQUIRED\nhttp_access deny !known" : "")}
            {(onlyPort is { } only ? $"acl allowed port {only}\nhttp_access deny CONNECT !allowed" : "")}
            http_access allow all
            cache deny all
            cache_log /dev/stderr
            access_log none
            coredump_dir none
            pid_filename none
            unlinkd_program /bin/true
            pinger_enable off
            shutdown_lifetime 0 seconds
            cache_effective_user proxy
            mime_table {Program(root, "usr/share/squid/mime.conf")}
            icon_directory {Program(root, "usr/share/squid/icons")}
            error_directory {Program(root, "usr/share/squid/errors/en")}
            max_filedescriptors 4096

            """));
        return new ProcessCommand(Program(root, "usr/sbin/squid"), "-N", "-n", $"napter{port}", "-f", config);
    }

    private static ProcessCommand Microsocks(string root, IPAddress listen, int port, bool login) => new(
        Program(root, "usr/bin/microsocks"),
        ["-i", listen.ToString(), "-p", port.ToString(CultureInfo.InvariantCulture), .. login ? new[] { "-u", User, "-P", Password } : []]);

    private static string Program(string root, string path) => Path.Combine(root, path);

    private void Append(object sender, DataReceivedEventArgs e)
    {
        lock (_log)
        {
            _log.AppendLine(e.Data);
        }
    }
}
