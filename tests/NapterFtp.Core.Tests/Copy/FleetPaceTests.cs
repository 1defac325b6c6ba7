using System.Collections.Concurrent;
using System.Globalization;
using NapterFtp.Copy;
using NapterFtp.Core.Tests.Faults;
using NapterFtp.Core.Tests.Soracom;
using NapterFtp.Simulator;
using NapterFtp.Simulator.Device;
using NapterFtp.Soracom;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>A fleet goes as fast as SORACOM's rate limit allows, with nothing refused, lost or left open.</summary>
public sealed class FleetPaceTests
{
    /// <summary>Set to 1 to run the fleets in full size, on the real clock, for some minutes each; or to one row's numbers, separated by
    /// commas, to run that one alone.</summary>
    private const string FullSize = "NAPTERFTP_FULL_FLEET";

    [Theory]
    [InlineData(18, 3, 120, 16, 1)]
    [InlineData(16, 3, 160, 8, 4)]
    public async Task A_small_fleet_keeps_to_the_limit_and_uses_it(int devices, int files, int limit, int throttleLimit, int connections)
    {
        await using var time = new FastTime();
        await RunAsync(new Fleet(devices, files, limit, throttleLimit, connections, Ports: 0), TimeSpan.FromMilliseconds(10), TimeSpan.Zero, time);
    }

    /// <summary>With the latency and round trip of the real thing; devices have 31 data ports, or any number, as the system gives out some ten thousand.</summary>
    [Theory]
    [InlineData(200, 3, 600, 8, 1, 31)]
    [InlineData(200, 3, 600, 64, 1, 31)]
    [InlineData(200, 3, 600, 256, 1, 0)]
    [InlineData(200, 3, 600, 64, 4, 31)]
    [InlineData(200, 3, 100, 64, 1, 31)]
    [InlineData(200, 10, 600, 8, 1, 0)]
    [InlineData(200, 10, 600, 64, 1, 31)]
    [InlineData(200, 10, 600, 256, 1, 31)]
    public async Task A_fleet_of_two_hundred_devices_keeps_to_the_limit_and_uses_it(
        int devices, int files, int limit, int throttleLimit, int connections, int ports)
    {
        var row = string.Create(CultureInfo.InvariantCulture, $"{devices},{files},{limit},{throttleLimit},{connections},{ports}");
        Assert.SkipUnless(Environment.GetEnvironmentVariable(FullSize) is { } wanted && (wanted == "1" || wanted == row), $"It takes minutes; {FullSize}=1 runs it.");
        await RunAsync(
            new Fleet(devices, files, limit, throttleLimit, connections, ports), TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(80), TimeProvider.System);
    }

    private static async Task RunAsync(Fleet fleet, TimeSpan latency, TimeSpan roundTrip, TimeProvider time)
    {
        var (devices, files, limit, throttleLimit, connections, ports) = fleet;
        var cancellation = TestContext.Current.CancellationToken;
        using var roots = new ScratchFolder();
        using var local = new ScratchFolder();
        using var log = new KeptLog();
        var sims = Enumerable.Range(1, devices).Select(number => new SimulatedSimOptions
        {
            Imsi = $"0010100{number:00000000}",
            SimId = $"89811000000000{number:00000}",
            RootPath = Directory.CreateDirectory(roots.File($"{number}")).FullName,
            Profile = DeviceProfiles.Default with { PassivePortCount = ports },
        }).ToList();
        sims.ForEach(sim => Tree.Make(sim.RootPath!, files, folders: 0));
        await using var simulator = await NapterSimulator.StartAsync(
            new SimulatorOptions { Sims = sims, ApiCallsPerMinute = limit, ApiLatency = latency, RoundTrip = roundTrip, TimeProvider = time }, cancellation);
        var signedIn = new List<NapterConnection>();
        for (var i = 0; i < connections; i++)
        {
            using var key = new System.Security.SecureString();
            simulator.AuthKey.ToList().ForEach(key.AppendChar);
            signedIn.Add(await NapterConnection.ConnectAsync(
                new NapterConnectionOptions
                {
                    Credential = new SoracomCredential.AuthKey(simulator.AuthKeyId, key.Copy()),
                    Endpoint = simulator.ApiEndPoint,
                    TrustedRootPath = simulator.TrustedRootPath,
                    KeepsJournal = false,
                    Time = time,
                    Loggers = log,
                },
                cancellation));
        }

        var failures = new ConcurrentBag<string>();
        var before = Environment.CpuUsage.TotalTime;
        var started = time.GetTimestamp();
        await Task.WhenAll(signedIn.Select((connection, number) => new FleetRunner(throttleLimit / connections, time).RunAsync(
            simulator.Sims.Where((_, index) => index % connections == number),
            async (sim, activity, token) =>
            {
                var copied = new CopyLog();
                await using var client = DeviceClient.Create(connection, DeviceTarget.FromImsi(sim.Imsi), 21, new FtpClientOptions(), activity);
                try
                {
                    await DeviceCopy.RunAsync(
                        client, new CopyOptions { Paths = ["/*"], Destination = local.File(sim.Imsi), Retry = RetryPolicy.None }, copied, token);
                }
                catch (NapterFtpException exception)
                {
                    failures.Add(exception.Message);
                }

                foreach (var error in copied.Errors)
                {
                    failures.Add(error.Message);
                }
            },
            cancellation)));
        await Task.WhenAll(signedIn.Select(connection => connection.DisconnectAsync()));
        var took = time.GetElapsedTime(started);
        var processor = Environment.CpuUsage.TotalTime - before;

        Assert.Empty(failures);
        Assert.All(simulator.Sims, sim => Tree.AssertSame(sim.RootPath!, local.File(sim.Imsi), TimeSpan.FromSeconds(1)));
        Assert.Equal(0, simulator.Counters.LiveEntries);
        Assert.DoesNotContain(log.Lines, line => line.Contains(": 429 in ", StringComparison.Ordinal));
        var calls = simulator.Counters.ApiCalls.Where(call => call.Key.Contains("PortMapping", StringComparison.Ordinal)).Sum(call => call.Value);
        var allowed = TimeSpan.FromMinutes(calls / (limit * 0.8));
        TestContext.Current.SendDiagnosticMessage(
            $"{devices} devices, {files} files each, {connections} connections: {calls} calls in {took.TotalSeconds:0.0} s; the limit less the reserve allows them in {allowed.TotalSeconds:0.0} s; "
            + $"{processor.TotalMilliseconds / devices:0} ms of CPU a device, the simulator's included.");
        Assert.InRange(took.TotalSeconds, 0, allowed.TotalSeconds * 1.15);
    }

    /// <param name="Devices">Devices pulled from.</param>
    /// <param name="Files">Files of each.</param>
    /// <param name="Limit">API calls a minute.</param>
    /// <param name="ThrottleLimit">Devices at a time, over all connections.</param>
    /// <param name="Connections">Sign-ins that share the limit without knowing of each other.</param>
    /// <param name="Ports">Data ports of each device; 0 for any.</param>
    private sealed record Fleet(int Devices, int Files, int Limit, int ThrottleLimit, int Connections, int Ports);
}
