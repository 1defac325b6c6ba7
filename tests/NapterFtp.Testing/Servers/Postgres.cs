using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace NapterFtp.Testing;

/// <summary>A PostgreSQL server on loopback with an empty cluster of its own, run by an ordinary user. Needs Debian's packages, which are
/// installed where root can.</summary>
public sealed class Postgres : IAsyncDisposable
{
    public const string User = "napter";
    public const string Password = "night shift 2";

    private const string Package = "postgresql";
    private const string SystemUser = "postgres";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private readonly string _programs;
    private readonly ScratchFolder _folder = new();
    private readonly StringBuilder _log = new();
    private Process? _process;

    private Postgres(string programs)
    {
        _programs = programs;
    }

    public int Port { get; private set; }

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

    /// <summary>Why it cannot be run here, or null where it can.</summary>
    public static async Task<string?> FindObstacleAsync() =>
        Programs() is not null ? null
        : PeerPackages.Obstacle is { } obstacle ? $"PostgreSQL {obstacle}"
        : await PeerPackages.EnsureAsync($"{Package}:initdb") is { } reason && Programs() is null ? reason
        : null;

    public static async Task<Postgres> StartAsync()
    {
        var server = new Postgres(Programs()!);
        try
        {
            await server.InitialiseAsync();

            // The port may have been taken since it was found free.
            for (var attempt = 1; !await server.TryStartAsync(FreePorts.One()); attempt++)
            {
                if (attempt == 3)
                {
                    throw new InvalidOperationException($"PostgreSQL did not start: {server.Log}");
                }
            }

            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes an empty database.</summary>
    /// <returns>What <c>-Store</c> takes for it; the login is <see cref="User"/> and <see cref="Password"/>.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"d{Guid.NewGuid():N}";
        await QueryAsync("postgres", $"create database {name}");
        return StoreOf(name);
    }

    public string StoreOf(string database) => string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Database={database};Timeout=5");

    /// <summary>Asks with psql, as a person would.</summary>
    public async Task<string> QueryAsync(string database, string statement)
    {
        var result = await RunAsync(
            "psql", ["-h", "127.0.0.1", "-p", Port.ToString(CultureInfo.InvariantCulture), "-U", User, "-d", database, "-v", "ON_ERROR_STOP=1", "-qAtc", statement],
            new Dictionary<string, string> { ["PGPASSWORD"] = Password });
        return result.Output.Trim();
    }

    /// <summary>Ends it at once, as a power cut would, with all connections to it.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            _process = null;

            // Immediate shutdown: by signal, so that its children end as well.
            await RunAsync("pg_ctl", ["stop", "-D", Data, "-m", "immediate", "-t", "30"], check: false);
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    /// <summary>Starts it again after <see cref="KillAsync"/>, where it was.</summary>
    public async Task RestartAsync()
    {
        if (!await TryStartAsync(Port))
        {
            throw new InvalidOperationException($"PostgreSQL did not start again: {Log}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _folder.Dispose();
    }

    private string Data => _folder.File("data");

    private static string? Programs() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Select(folder => Path.Combine(folder, "bin")).Where(folder => File.Exists(Path.Combine(folder, "initdb")))
            .OrderByDescending(folder => folder, StringComparer.Ordinal).FirstOrDefault()
        : null;

    private async Task InitialiseAsync()
    {
        var secret = _folder.File("password");
        await File.WriteAllTextAsync(secret, Password);
        if (Environment.IsPrivilegedProcess)
        {
            await ProcessRunner.RunAsync(new ProcessCommand("chown", "-R", SystemUser, _folder), Limit, CancellationToken.None);
        }

        await RunAsync("initdb", ["-D", Data, "-U", User, "--pwfile", secret, "-A", "scram-sha-256", "-E", "UTF8", "--locale", "C", "--no-sync"]);
    }

    private async Task<bool> TryStartAsync(int port)
    {
        Port = port;
        _process = ProcessRunner.Start(AsUser(
            "postgres", ["-D", Data, "-p", port.ToString(CultureInfo.InvariantCulture), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"]));
        _process.OutputDataReceived += Append;
        _process.ErrorDataReceived += Append;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var limit = new CancellationTokenSource(Limit);
        while (!_process.HasExited)
        {
            var ready = await ProcessRunner.RunAsync(
                new ProcessCommand(Path.Combine(_programs, "pg_isready"), "-h", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), "-U", User), Limit, limit.Token);
            if (ready.Succeeded)
            {
                return true;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), limit.Token);
        }

        _process.Dispose();
        _process = null;
        return false;
    }

    private async Task<ProcessResult> RunAsync(
        string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null, bool check = true)
    {
        var result = await ProcessRunner.RunAsync(AsUser(program, arguments) with { Environment = environment ?? new Dictionary<string, string>() }, Limit, CancellationToken.None);
        return result.Succeeded || !check ? result : throw new InvalidOperationException(result.ToString());
    }

    // PostgreSQL refuses to run as root.
    private ProcessCommand AsUser(string program, IReadOnlyList<string> arguments)
    {
        var path = Path.Combine(_programs, program);
        return Environment.IsPrivilegedProcess
            ? new ProcessCommand("setpriv", ["--reuid", SystemUser, "--regid", SystemUser, "--clear-groups", "--", path, .. arguments]) { WorkingDirectory = "/" }
            : new ProcessCommand(path, arguments);
    }

    private void Append(object sender, DataReceivedEventArgs e)
    {
        lock (_log)
        {
            _log.AppendLine(e.Data);
        }
    }
}
