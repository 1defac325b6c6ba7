using System.Collections.Concurrent;
using NapterFtp.Copy;
using NapterFtp.Core.Tests.Faults;
using NapterFtp.Core.Tests.Soracom;
using NapterFtp.Simulator;
using NapterFtp.Soracom;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>A fleet goes as fast as SORACOM's rate limit allows, with nothing refused, lost or left open.</summary>
public sealed class FleetPaceTests
{
    /// <summary>Set to 1 to run the fleets in full size, on the real clock, for some minutes each.</summary>
    private const string FullSize = "NAPTERFTP_FULL_FLEET";

    [Theory]
    [InlineData(18, 3, 120, 16, 1)]
    [InlineData(16, 3, 160, 8, 4)]
    public async Task A_small_fleet_keeps_to_the_limit_and_uses_it(int devices, int files, int limit, int throttleLimit, int connections)
    {
        await using var time = new FastTime();
        await RunAsync(devices, files, limit, throttleLimit, connections, TimeSpan.FromMilliseconds(10), TimeSpan.Zero, time);
    }

    [Theory]
    [InlineData(200, 3, 600, 64, 1)]
    [InlineData(200, 3, 600, 64, 4)]
    [InlineData(200, 10, 600, 256, 1)]
    public async Task A_fleet_of_two_hundred_devices_keeps_to_the_limit_and_uses_it(int devices, int files, int limit, int throttleLimit, int connections)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable(FullSize) == "1", $"It takes minutes; {FullSize}=1 runs it.");
        await RunAsync(devices, files, limit, throttleLimit, connections, TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(80), TimeProvider.System);
    }

    private static async Task RunAsync(
        int devices, int files, int limit, int throttleLimit, int connections, TimeSpan latency, TimeSpan roundTrip, TimeProvider time)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var roots = new ScratchFolder();
        using var local = new ScratchFolder();
        using var log = new KeptLog();
        var sims = Enumerable.Range(1, devices).Select(number => new SimulatedSimOptions
        {
            Imsi = $"0010100{number:00000000}",
            SimId = $"89811000000000{number:00000}",
            RootPath = Directory.CreateDirectory(roots.File($"{number}")).FullName,
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

        Assert.Empty(failures);
        Assert.All(simulator.Sims, sim => Tree.AssertSame(sim.RootPath!, local.File(sim.Imsi), TimeSpan.FromSeconds(1)));
        Assert.Equal(0, simulator.Counters.LiveEntries);
        Assert.DoesNotContain(log.Lines, line => line.Contains(": 429 in ", StringComparison.Ordinal));
        var calls = simulator.Counters.ApiCalls.Where(call => call.Key.ToString().Contains("PortMapping", StringComparison.Ordinal)).Sum(call => call.Value);
        var allowed = TimeSpan.FromMinutes(calls / (limit * 0.8));
        TestContext.Current.SendDiagnosticMessage(
            $"{devices} devices, {files} files each, {connections} connections: {calls} calls in {took.TotalSeconds:0.0} s; the limit less the reserve allows them in {allowed.TotalSeconds:0.0} s.");
        Assert.InRange(took.TotalSeconds, 0, allowed.TotalSeconds * 1.15);
    }
}
