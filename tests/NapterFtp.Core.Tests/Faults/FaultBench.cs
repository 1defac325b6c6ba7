using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NapterFtp.Copy;
using NapterFtp.Relay;
using NapterFtp.Simulator;
using NapterFtp.Simulator.Device;
using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Faults;

/// <summary>SORACOM, the gateway and one device, simulated, and a connection to them, all on a fast clock.</summary>
internal sealed class FaultBench : IAsyncDisposable
{
    public const string FileName = "data.bin";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("napter-faults-");
    private readonly FastTime _time = new();

    public NapterSimulator Simulator { get; private set; } = null!;

    public NapterConnection Connection { get; private set; } = null!;

    public SimulatedFtpDevice Device => Simulator.Sims[0].Device!;

    public byte[] Content { get; } = new byte[300_000];

    public string Local => Path.Combine(_folder.FullName, "local");

    public string Journal => Path.Combine(_folder.FullName, "journal");

    public List<NapterPortEvent> Events { get; } = [];

    public TimeProvider Time => _time;

    private string Remote => Path.Combine(_folder.FullName, "remote");

    public static async Task<FaultBench> StartAsync(
        ILoggerFactory? loggers = null, Func<SimulatedFtpDeviceOptions, SimulatedFtpDeviceOptions>? configureDevice = null)
    {
        var bench = new FaultBench();
        Random.Shared.NextBytes(bench.Content);
        Directory.CreateDirectory(bench.Local);
        Directory.CreateDirectory(bench.Remote);
        await File.WriteAllBytesAsync(bench.RemotePath(FileName), bench.Content);
        bench.Simulator = await NapterSimulator.StartAsync(new SimulatorOptions
        {
            TimeProvider = bench._time,
            CutAtExpiry = true,
            CutAtDelete = true,
            Sims = [new SimulatedSimOptions { RootPath = bench.Remote, ConfigureDevice = configureDevice }],
        });
        bench.Connection = await NapterConnection.ConnectAsync(
            new NapterConnectionOptions
            {
                Credential = new SoracomCredential.AuthKey(
                    bench.Simulator.AuthKeyId, new NetworkCredential("", bench.Simulator.AuthKey).SecurePassword),
                Endpoint = bench.Simulator.ApiEndPoint,
                TrustedRootPath = bench.Simulator.TrustedRootPath,
                ApiCallsPerSecond = 1000,
                JournalFolder = bench.Journal,
                Time = bench._time,
                Loggers = loggers ?? NullLoggerFactory.Instance,
            },
            CancellationToken.None);
        return bench;
    }

    public string RemotePath(string name) => Path.Combine(Remote, name);

    public Task<FtpProxy> StartProxyAsync() => FtpProxy.StartAsync(
        Connection,
        new FtpProxyOptions
        {
            Device = DeviceTarget.FromImsi(Simulator.Imsi),
            Port = 0,
            PassivePorts = PassivePortRange.Any,
            IdleTimeout = TimeSpan.FromSeconds(45),
            SettleTimeout = TimeSpan.FromSeconds(8),
            DataConnectTimeout = TimeSpan.FromSeconds(15),
        },
        Record,
        CancellationToken.None);

    public DeviceClient NewClient(FtpLogin? login = null) => DeviceClient.Create(
        Connection,
        DeviceTarget.FromImsi(Simulator.Imsi),
        21,
        new FtpClientOptions
        {
            Login = login ?? FtpLogin.Anonymous,
            ReplyTimeout = TimeSpan.FromSeconds(15),
            IdleTimeout = TimeSpan.FromSeconds(15),
        });

    /// <summary>Waits until the simulator holds few enough entries.</summary>
    /// <returns>How many of those asked about are left at the end of the wait.</returns>
    public async Task<int> CountLeftAsync(bool dataOnly)
    {
        var limit = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            var left = Simulator.PortMappings.Count(entry => !dataOnly || !entry.IsControl);
            if (left == 0 || limit.Elapsed > TimeSpan.FromSeconds(60))
            {
                return left;
            }

            await Task.Delay(5);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await Simulator.DisposeAsync();
        await _time.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    public void ForgetEvents()
    {
        lock (Events)
        {
            Events.Clear();
        }
    }

    public void Record(NapterPortEvent step)
    {
        lock (Events)
        {
            Events.Add(step);
        }
    }
}
