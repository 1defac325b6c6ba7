using System.Net;
using NapterFtp.Copy;
using NapterFtp.Core.Tests.Faults;
using NapterFtp.Diagnosis;
using NapterFtp.Simulator;
using NapterFtp.Simulator.Device;
using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Diagnosis;

/// <summary>A simulator with one device and a connection to it, on a fast clock, for checks.</summary>
internal sealed class CheckBench : IAsyncDisposable
{
    private readonly FastTime _time = new();
    private readonly DirectoryInfo _journal = Directory.CreateTempSubdirectory("napter-check-");
    private readonly List<NapterFtpCheck> _checks = [];

    private CheckBench()
    {
        Options = new DeviceCheckOptions
        {
            Device = DeviceTarget.FromImsi("001010000000001"),
            Client = Limits(TimeSpan.FromSeconds(30)),

            // A connection that ends was refused, however slow the machine is.
            RefusalLimit = TimeSpan.FromHours(1),
            AuditDelay = TimeSpan.FromSeconds(1),
            Time = _time,
        };
    }

    public NapterSimulator Simulator { get; private set; } = null!;

    public NapterConnection Connection { get; private set; } = null!;

    public SimulatedSim Sim => Simulator.Sims[0];

    public SimulatedFtpDevice Device => Sim.Device!;

    public DateTimeOffset Now => _time.GetUtcNow();

    public DeviceCheckOptions Options { get; set; }

    /// <summary>Gives the connection; else this bench's own.</summary>
    public Func<CancellationToken, Task<NapterConnection>>? SignIn { get; set; }

    /// <summary>Told of each step before it begins.</summary>
    public Action<string> Starting { get; set; } = _ => { };

    public static async Task<CheckBench> StartAsync(
        Func<SimulatedFtpDeviceOptions, SimulatedFtpDeviceOptions>? configureDevice = null,
        IReadOnlyList<string>? sourceRanges = null,
        int abuseLimit = 0,
        SimulatedRights? rights = null,
        string placement = "default",
        int? mobileCountry = null)
    {
        var bench = new CheckBench();
        bench.Simulator = await NapterSimulator.StartAsync(new SimulatorOptions
        {
            TimeProvider = bench._time,
            DefaultSourceRanges = sourceRanges ?? ["127.0.0.0/8"],
            AbuseLimit = abuseLimit,
            Placement = placement,

            // So that silence lasts longer than the check waits.
            DeviceConnectTimeout = TimeSpan.FromHours(1),
            Sims = [new SimulatedSimOptions { ConfigureDevice = configureDevice, MobileCountry = mobileCountry }],
        });
        bench.Simulator.Rights = rights ?? new();
        bench.Connection = await NapterConnection.ConnectAsync(
            new NapterConnectionOptions
            {
                Credential = new SoracomCredential.AuthKey(
                    bench.Simulator.AuthKeyId, new NetworkCredential("", bench.Simulator.AuthKey).SecurePassword),
                Endpoint = bench.Simulator.ApiEndPoint,
                TrustedRootPath = bench.Simulator.TrustedRootPath,
                ApiCallsPerSecond = 1000,
                JournalFolder = bench._journal.FullName,
                Time = bench._time,
            },
            CancellationToken.None);
        return bench;
    }

    /// <summary>Runs a check to its end, and sees to it that no port and no test file is left.</summary>
    public async Task<IReadOnlyList<NapterFtpCheck>> RunAsync(CancellationToken cancellationToken = default)
    {
        var check = new DeviceCheck(Options, SignIn ?? (_ => Task.FromResult(Connection)), step => Starting(step), _checks.Add);
        try
        {
            await check.RunAsync(cancellationToken);
        }
        finally
        {
            await Relay.ProxyBench.UntilAsync(() => Simulator.PortMappings.Count == 0);
        }

        return _checks;
    }

    /// <summary>The names of test files on the device.</summary>
    public IEnumerable<string> TestFiles() =>
        Directory.EnumerateFiles(Sim.RootPath!, "napterftp-test-*", SearchOption.AllDirectories).Select(file => Path.GetFileName(file));

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await Simulator.DisposeAsync();
        _journal.Delete(recursive: true);
    }

    private static FtpClientOptions Limits(TimeSpan limit) => new() { ConnectTimeout = limit, ReplyTimeout = limit, IdleTimeout = limit };
}
