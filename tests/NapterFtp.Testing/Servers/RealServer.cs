using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NapterFtp.Testing;

/// <summary>A real FTP server on loopback over a scratch folder. Any number run at once. Needs root; see <see cref="Peers"/>.</summary>
public sealed class RealServer : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);

    private readonly ScratchFolder _config;
    private readonly RealServerOptions _options;
    private readonly StringBuilder _log = new();
    private Process _process = null!;

    private RealServer(RealServerKind kind, RealServerOptions options)
    {
        Kind = kind;
        _options = options;
        _config = new ScratchFolder();
    }

    public RealServerKind Kind { get; }

    public IPEndPoint EndPoint { get; private set; } = null!;

    public string RootPath => _options.RootPath;

    public string User => Kind.User;

    /// <summary>vsftpd takes any.</summary>
    public string Password { get; } = ServerSetup.Password;

    /// <summary>What the server has written so far.</summary>
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

    public static Task<RealServer> StartAsync(RealServerKind kind, string rootPath, CancellationToken cancellationToken) =>
        StartAsync(kind, new RealServerOptions { RootPath = rootPath }, cancellationToken);

    public static async Task<RealServer> StartAsync(RealServerKind kind, RealServerOptions options, CancellationToken cancellationToken)
    {
        var packageRoot = PeerPackages.FindInPath(kind.Name) is not null ? "/" : await PeerPackages.ExtractAsync(kind.Package);
        var server = new RealServer(kind, options);
        try
        {
            await server.OwnTreeAsync(cancellationToken);

            // The port may have been taken since it was found free.
            for (var attempt = 1; !await server.TryStartAsync(packageRoot, cancellationToken); attempt++)
            {
                if (attempt == 3)
                {
                    throw new InvalidOperationException($"{kind} did not start: {server.Log}");
                }
            }
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        return server;
    }

    /// <summary>Lets the server change all files in its folder. Needed again for files that a test adds while the server runs and
    /// wants changed or deleted through it.</summary>
    public async Task OwnTreeAsync(CancellationToken cancellationToken)
    {
        if (Kind == RealServerKind.PureFtpd)
        {
            await ProcessRunner.RunAsync(new ProcessCommand("chown", "-R", PureFtpd.Owner, RootPath), StartLimit, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _config.Dispose();
    }

    private async Task<bool> TryStartAsync(string packageRoot, CancellationToken cancellationToken)
    {
        var first = _options.PassivePortCount is { } count ? FreePorts.Block(count) : 0;
        var port = FreePorts.One();
        var setup = new ServerSetup(_options, packageRoot, _config, port, first == 0 ? null : (first, first + _options.PassivePortCount!.Value - 1));
        _process = ProcessRunner.Start(await Kind.PrepareAsync(setup));
        _process.OutputDataReceived += Append;
        _process.ErrorDataReceived += Append;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        EndPoint = new IPEndPoint(IPAddress.Loopback, port);

        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(StartLimit);
        while (!_process.HasExited)
        {
            if (await GreetsAsync(limited.Token))
            {
                return true;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), limited.Token);
        }

        await KillAsync();
        return false;
    }

    private async Task<bool> GreetsAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(EndPoint, cancellationToken);
            using var reader = new StreamReader(client.GetStream());
            return (await reader.ReadLineAsync(cancellationToken))?.StartsWith("220", StringComparison.Ordinal) ?? false;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }

    private void Append(object sender, DataReceivedEventArgs e)
    {
        lock (_log)
        {
            _log.AppendLine(e.Data);
        }
    }

    private async Task KillAsync()
    {
        if (_process is null)
        {
            return;
        }

        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null!;
    }
}
