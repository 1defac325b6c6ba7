using System.Diagnostics;
using System.Net;
using NapterFtp.Copy;
using NapterFtp.Routers;
using NapterFtp.Simulator;
using NapterFtp.Soracom;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Routers;

/// <summary>A simulated SIM in a real router, and a connection through which it is reached.</summary>
internal sealed class RouterBench : IAsyncDisposable
{
    private readonly ScratchFolder _state = new();

    public RouterLab Lab { get; private set; } = null!;

    public NapterSimulator Simulator { get; private set; } = null!;

    public NapterConnection Connection { get; private set; } = null!;

    public string Before { get; private set; } = "";

    public string StateFolder => _state.Path;

    public DeviceTarget Sim => DeviceTarget.FromImsi(Simulator.Imsi);

    public static async Task<RouterBench> StartAsync(RouterLabOptions options)
    {
        var obstacle = await RouterLab.ObstacleAsync();
        Assert.SkipWhen(obstacle is not null, obstacle ?? "");
        var bench = new RouterBench();
        try
        {
            bench.Lab = await RouterLab.StartAsync(options);
            bench.Simulator = await NapterSimulator.StartAsync(new SimulatorOptions
            {
                Sims = [new SimulatedSimOptions { DeviceEndPoint = new IPEndPoint(bench.Lab.Wan, 2121), RoundTrip = TimeSpan.FromMilliseconds(Campaign.Count("ROUTER_ROUND_TRIP", 0, 0)) }],
            });
            bench.Simulator.Sims[0].AnswersSsh = bench.Run;
            bench.Before = await bench.Lab.RulesAsync();
            bench.Connection = await bench.ConnectAsync();
            return bench;
        }
        catch
        {
            await bench.DisposeAsync();
            throw;
        }
    }

    public Task<NapterConnection> ConnectAsync() => NapterConnection.ConnectAsync(
        new NapterConnectionOptions
        {
            Credential = new SoracomCredential.AuthKey(Simulator.AuthKeyId, new NetworkCredential("", Simulator.AuthKey).SecurePassword),
            Endpoint = Simulator.ApiEndPoint,
            TrustedRootPath = Simulator.TrustedRootPath,
            JournalFolder = _state.Path,
        },
        TestContext.Current.CancellationToken);

    /// <summary>A device behind the router. Of the ports that lead to it ten are the router's own rules': where one is tried, another has to be.</summary>
    public NapterRouter Router(int device = 0, RouterLogin? login = null, NapterRouterVia via = NapterRouterVia.Napter) => new(Sim, Lab.Devices[device], login ?? ByKey())
    {
        HostKeyFingerprint = via == NapterRouterVia.Napter ? Lab.HostKeyFingerprint : null,
        Via = via,
        FirstPort = 50990,
        LastPort = 51060,
    };

    /// <summary>A login at a router, past what keeps its rules.</summary>
    public Task<SshShell> LogInAsync(NapterRouter router) => SshShell.OpenAsync(
        Connection.Ports,
        Connection.Dialer,
        router,
        new HostKeyChoice(router.HostKeyFingerprint, []),
        Connection.Time,
        Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance,
        TestContext.Current.CancellationToken);

    /// <summary>What SORACOM does for <c>downlink/ssh</c>, with the real client.</summary>
    private SimulatedSshAnswer? Run(SimulatedSshCommand command)
    {
        var key = _state.File($"key-{Guid.NewGuid():N}");
        File.WriteAllText(key, command.Key);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        string[] options = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "ConnectTimeout=5"];
        var start = new ProcessStartInfo("ssh", ["-i", key, "-p", $"{command.Port}", .. options.SelectMany(option => new[] { "-o", option }), $"{command.UserName}@{Lab.Wan}", command.Command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var ssh = Process.Start(start)!;
        ssh.StandardInput.Close();
        var (output, error) = (ssh.StandardOutput.ReadToEnd(), ssh.StandardError.ReadToEnd());
        ssh.WaitForExit();
        Commands++;
        const int NotReached = 255;
        return ssh.ExitCode == NotReached ? null : new SimulatedSshAnswer(ssh.ExitCode, output, error);
    }

    /// <summary>Commands that SORACOM has run.</summary>
    public int Commands { get; private set; }

    public RouterLogin ByKey() => new("root", null, File.ReadAllText(Lab.KeyPath), null);

    public static RouterLogin ByPassword(string password = RouterLab.Password, string user = "root") => new(user, new NetworkCredential("", password).SecurePassword, null, null);

    public static FtpClientOptions Client(NapterRouter router) =>
        new() { PortMap = router.Ports, Login = new FtpLogin("root", new NetworkCredential("", "any").SecurePassword) };

    public async ValueTask DisposeAsync()
    {
        if (Connection is not null)
        {
            await Connection.DisposeAsync();
        }

        if (Simulator is not null)
        {
            await Simulator.DisposeAsync();
        }

        if (Lab is not null)
        {
            await Lab.DisposeAsync();
        }

        _state.Dispose();
    }
}
