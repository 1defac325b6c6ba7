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

    /// <summary>The domain that squid's NTLM is for.</summary>
    public const string Domain = "PLANT";

    /// <summary>MD4 of the password in UTF-16, which is all that NTLM knows of it.</summary>
    private const string PasswordHash = "633aeb0601da0b8e5bd76077ab9b7913";

    // Not one of another version that only root can run: squid's helpers are not root.
    private const string Python = "/usr/bin/python3";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);

    /// <summary>How long one that listens is given to answer before it is asked again.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

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

    /// <param name="kind"><c>tinyproxy</c>, <c>squid</c> or <c>microsocks</c>; <c>squid-ntlm</c> wants a login by NTLM, and
    /// <c>squid-ntlm-old</c> asks for one as Windows NT did, with squid's own helper that believes everybody.</param>
    /// <param name="login">Whether it wants <see cref="User"/> and <see cref="Password"/>.</param>
    /// <param name="onlyPort">The only port it lets through; null for all.</param>
    /// <param name="listen">Where it listens; loopback unless told otherwise.</param>
    /// <param name="choosePort">Chooses the port; null for any that is free.</param>
    public static async Task<CompanyProxy> StartAsync(
        string kind, bool login, int? onlyPort = null, IPAddress? listen = null, Func<int>? choosePort = null)
    {
        var package = kind.Split('-')[0];
        var root = PeerPackages.FindInPath(package) is not null ? "/" : await PeerPackages.ExtractAsync(package);
        var proxy = new CompanyProxy();
        try
        {
            // The port may have been taken since it was found free.
            for (var attempt = 1;
                !await proxy.TryStartAsync(kind, root, listen ?? IPAddress.Loopback, (choosePort ?? FreePorts.One)(), login, onlyPort);
                attempt++)
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

    private async Task<bool> TryStartAsync(string kind, string root, IPAddress listen, int port, bool login, int? onlyPort)
    {
        var command = kind switch
        {
            "tinyproxy" => await TinyproxyAsync(root, listen, port, login, onlyPort),
            "squid" => await SquidAsync(root, listen, port, login ? ("basic", Program(root, "usr/lib/squid/basic_fake_auth")) : null, onlyPort),
            "squid-ntlm" => await SquidAsync(root, listen, port, ("ntlm", await NtlmHelperAsync()), onlyPort),
            "squid-ntlm-old" => await SquidAsync(root, listen, port, ("ntlm", Program(root, "usr/lib/squid/ntlm_fake_auth")), onlyPort),
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
        var ended = _process.WaitForExitAsync(limit.Token);
        var answers = AnswersAsync(kind.Contains("ntlm", StringComparison.Ordinal) ? "407" : "200", login, onlyPort, limit.Token);
        if (await Task.WhenAny(ended, answers) == answers)
        {
            await answers;
            return true;
        }

        await limit.CancelAsync();
        await answers.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await KillAsync();
        return false;
    }

    /// <summary>Waits until it lets us through, or asks for what a probe cannot give: that something takes connections on its port
    /// does not say that it does.</summary>
    private async Task AnswersAsync(string status, bool login, int? onlyPort, CancellationToken cancellationToken)
    {
        while (!await AnswersOnceAsync(status, login, onlyPort, cancellationToken))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
        }
    }

    private async Task<bool> AnswersOnceAsync(string status, bool login, int? onlyPort, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AnswerLimit);
        try
        {
            using var target = new TcpListener(IPAddress.Loopback, 0);
            target.Start();
            var port = onlyPort ?? ((IPEndPoint)target.LocalEndpoint).Port;
            using var client = new TcpClient();
            await client.ConnectAsync(Address.Host, Address.Port, limit.Token);
            var stream = client.GetStream();
            if (Address.Scheme == "socks5")
            {
                // RFC 1928 section 3: the one method that it is to choose.
                byte[] greeting = [5, 1, login ? (byte)2 : (byte)0];
                await stream.WriteAsync(greeting, limit.Token);
                var choice = new byte[2];
                await stream.ReadExactlyAsync(choice, limit.Token);
                return choice is [5, var method] && method == greeting[2];
            }

            var authorization = login
                ? $"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes($"{User}:{Password}"))}\r\n"
                : "";
            var request = string.Create(
                CultureInfo.InvariantCulture, $"CONNECT 127.0.0.1:{port} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{authorization}\r\n");
            await stream.WriteAsync(Encoding.ASCII.GetBytes(request), limit.Token);
            using var reader = new StreamReader(stream);
            return (await reader.ReadLineAsync(limit.Token))?.Split(' ') is ["HTTP/1.0" or "HTTP/1.1", var answered, ..] && answered == status;
        }
        catch (Exception e) when (e is SocketException or IOException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
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

    private async Task<string> NtlmHelperAsync()
    {
        if (!File.Exists(Python) && await PeerPackages.EnsureAsync("python3-minimal:python3") is { } missing)
        {
            throw new InvalidOperationException(missing);
        }

        var script = _config.File("squid_ntlm.py");
        await using (var text = typeof(CompanyProxy).Assembly.GetManifestResourceStream("squid_ntlm.py")!)
        await using (var file = File.Create(script))
        {
            await text.CopyToAsync(file);
        }

        // For squid's user.
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_config, (UnixFileMode)0b111_101_101);
        }

        return $"{Python} {script} {User} {PasswordHash}";
    }

    private async Task<ProcessCommand> SquidAsync(
        string root, IPAddress listen, int port, (string Scheme, string Helper)? login, int? onlyPort)
    {
        // Its own helper for Basic believes any password, but wants one.
        var config = _config.File("squid.conf");
        await File.WriteAllTextAsync(config, string.Create(CultureInfo.InvariantCulture, $"""
            http_port {listen}:{port}
            {(login is var (scheme, helper) ? $"auth_param {scheme} program {helper}\nauth_param {scheme} children 4\nacl known proxy_auth REQUIRED\nhttp_access deny !known" : "")}
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
