using System.Net;
using NapterFtp.Relay;
using NapterFtp.Simulator;
using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.EndToEnd;

/// <summary>The whole way: a proxy, SORACOM's API and the gateway (simulated), and devices behind it.</summary>
internal sealed class RelayBench : IAsyncDisposable
{
    private readonly List<FtpProxy> _proxies = [];

    private readonly ErrorLog _log;

    private RelayBench(NapterSimulator simulator, NapterConnection connection, ErrorLog log)
    {
        _log = log;
        Simulator = simulator;
        Connection = connection;
    }

    public NapterSimulator Simulator { get; }

    public NapterConnection Connection { get; }

    public List<NapterPortEvent> Events { get; } = [];

    /// <summary>Device ports of open entries, control ports left out.</summary>
    public IEnumerable<int> OpenDataPorts => Simulator.PortMappings.Select(entry => entry.DevicePort).Where(port => port != 21);

    public static async Task<RelayBench> StartAsync(SimulatorOptions options)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var simulator = await NapterSimulator.StartAsync(options, cancellation);
        var log = new ErrorLog();
        var connection = await NapterConnection.ConnectAsync(
            new NapterConnectionOptions
            {
                Credential = new SoracomCredential.AuthKey(simulator.AuthKeyId, new NetworkCredential("", simulator.AuthKey).SecurePassword),
                Endpoint = simulator.ApiEndPoint,
                TrustedRootPath = simulator.TrustedRootPath,
                ApiCallsPerSecond = 1000,
                Loggers = log,
            },
            cancellation);
        return new RelayBench(simulator, connection, log);
    }

    /// <summary>A bench with one device, a real server or another that listens on loopback.</summary>
    public static Task<RelayBench> StartAsync(IPEndPoint device) =>
        StartAsync(new SimulatorOptions { Sims = [new SimulatedSimOptions { DeviceEndPoint = device }] });

    public async Task<FtpProxy> StartProxyAsync(string? imsi = null, Func<FtpProxyOptions, FtpProxyOptions>? configure = null)
    {
        var options = new FtpProxyOptions
        {
            Device = DeviceTarget.FromImsi(imsi ?? Simulator.Imsi),
            Port = 0,
            PassivePorts = PassivePortRange.Any,
        };
        var proxy = await FtpProxy.StartAsync(Connection, configure?.Invoke(options) ?? options, Record, TestContext.Current.CancellationToken);
        lock (_proxies)
        {
            _proxies.Add(proxy);
        }

        return proxy;
    }

    /// <summary>Waits until the simulator holds no data port, of one device or of all.</summary>
    /// <returns>What is known of a port that stays open, or null.</returns>
    public async Task<string?> FindOpenDataPortAsync(string? imsi = null)
    {
        var limit = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            var open = Simulator.PortMappings.FirstOrDefault(entry => !entry.IsControl && (imsi is null || entry.Imsi == imsi));
            if (open is null)
            {
                return null;
            }

            if (limit.Elapsed > TimeSpan.FromSeconds(60))
            {
                lock (Events)
                {
                    return $"A data port stayed open: {open}\n"
                        + string.Join('\n', Events.Where(step => open.EndPoint.Equals(step.EndPoint)));
                }
            }

            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    public async Task DataPortsClosedAsync() => Assert.Null(await FindOpenDataPortAsync());

    /// <summary>Stops all; the simulator must hold no port then, every port's events must have ended once, and the relay must not
    /// have logged an error.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_proxies.Select(proxy => proxy.StopAsync(TimeSpan.Zero, CancellationToken.None)));
        Assert.Empty(Simulator.PortMappings);
        await Connection.DisposeAsync();
        await Simulator.DisposeAsync();
        Assert.Empty(_log.Errors);
        lock (Events)
        {
            foreach (var port in Events.GroupBy(step => step.PortId))
            {
                Assert.Single(port, step => step.State is NapterPortState.Closed or NapterPortState.Failed);
            }
        }
    }

    private void Record(NapterPortEvent step)
    {
        lock (Events)
        {
            Events.Add(step);
        }
    }
}
