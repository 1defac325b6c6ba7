using System.Collections.Concurrent;
using NapterFtp.Copy;
using NapterFtp.Core.Tests.Relay;
using NapterFtp.Simulator;
using NapterFtp.Simulator.Device;
using NapterFtp.Soracom;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Copy;

public sealed class FleetTests
{
    private static readonly int Devices = Campaign.Count("DEVICES", usual: 80, full: 200);
    private const int CallsPerSecond = 100;

    /// <summary>What is wrong with every tenth device, in turn, and the error that tells.</summary>
    private static readonly (Action<SimulatedSim> Break, string ErrorId)[] Breakages =
    [
        (sim => sim.Online = false, "SoracomRequestRefused"),
        (sim => sim.Device!.Faults.Arm(DeviceFault.RefuseSession() with { Count = int.MaxValue }), "DeviceBusy"),
        (sim => sim.Device!.Faults.Arm(DeviceFault.RefuseLogin() with { Count = int.MaxValue }), "FtpLoginRefused"),
        (sim => sim.Device!.Faults.Arm(DeviceFault.Silence("USER") with { Count = int.MaxValue }), "DeviceReplyTimeout"),
        (sim => sim.Device!.Faults.Arm(DeviceFault.DropControl("MLSD") with { Count = int.MaxValue }), "DeviceConnectionLost"),
        (sim => sim.Device!.Faults.Arm(DeviceFault.StallData(0, "MLSD") with { Count = int.MaxValue }), "DataConnectionStalled"),
        (RefuseListings, "RemoteAccessDenied"),
        (sim => sim.Device!.Faults.Arm(DeviceFault.RefuseSession("500 Go away.") with { Count = int.MaxValue }), "DeviceRefusedSession"),
    ];

    [Fact]
    public async Task A_fleet_is_pulled_while_every_tenth_is_broken_in_its_own_way()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var roots = new ScratchFolder();
        using var local = new ScratchFolder();
        var sims = Enumerable.Range(1, Devices).Select(number => new SimulatedSimOptions
        {
            Imsi = $"0010100{number:00000000}",
            SimId = $"89811000000000{number:00000}",
            RootPath = Directory.CreateDirectory(roots.File($"{number}")).FullName,
        }).ToList();
        foreach (var sim in sims)
        {
            Tree.Make(sim.RootPath!, files: 2, folders: 0);
        }

        await using var simulator = await NapterSimulator.StartAsync(new SimulatorOptions { Sims = sims }, cancellation);
        var broken = simulator.Sims.Where((_, index) => index % 10 == 9).ToList();
        for (var i = 0; i < broken.Count; i++)
        {
            Breakages[i % Breakages.Length].Break(broken[i]);
        }

        using var key = new System.Security.SecureString();
        simulator.AuthKey.ToList().ForEach(key.AppendChar);
        await using var connection = await NapterConnection.ConnectAsync(
            new NapterConnectionOptions
            {
                Credential = new SoracomCredential.AuthKey(simulator.AuthKeyId, key),
                Endpoint = simulator.ApiEndPoint,
                TrustedRootPath = simulator.TrustedRootPath,
                ApiCallsPerSecond = CallsPerSecond,
            },
            cancellation);
        var logs = new ConcurrentDictionary<string, CopyLog>();
        var failures = new ConcurrentDictionary<string, NapterFtpException>();
        var options = new FtpClientOptions { IdleTimeout = TimeSpan.FromSeconds(15), ReplyTimeout = TimeSpan.FromSeconds(15) };
        await new FleetRunner(limit: 16, TimeProvider.System).RunAsync(
            simulator.Sims,
            async (sim, activity, token) =>
            {
                var log = logs[sim.Imsi] = new CopyLog();
                await using var client = DeviceClient.Create(connection, DeviceTarget.FromImsi(sim.Imsi), 21, options, activity);
                try
                {
                    var copy = new CopyOptions { Paths = ["/*"], Destination = local.File(sim.Imsi), Retry = RetryPolicy.None };
                    await DeviceCopy.RunAsync(client, copy, log, token);
                }
                catch (NapterFtpException exception)
                {
                    failures[sim.Imsi] = exception;
                }
            },
            cancellation);

        foreach (var sim in simulator.Sims.Except(broken))
        {
            Assert.True(!failures.TryGetValue(sim.Imsi, out var failure), failure?.ToString());
            Assert.Empty(logs[sim.Imsi].Errors);
            Tree.AssertSame(sim.RootPath!, local.File(sim.Imsi), TimeSpan.FromSeconds(1));
        }

        for (var i = 0; i < broken.Count; i++)
        {
            NapterFtpException[] errors = [.. logs[broken[i].Imsi].Errors, .. failures.TryGetValue(broken[i].Imsi, out var failure) ? [failure] : Array.Empty<NapterFtpException>()];
            var error = Assert.Single(errors);
            Assert.Equal(Breakages[i % Breakages.Length].ErrorId, error.ErrorId);
            Assert.NotNull(error.Advice);
            Assert.Contains(broken[i].Imsi, error.Message, StringComparison.Ordinal);
        }

        await ProxyBench.UntilAsync(() => simulator.Counters.LiveEntries == 0);

        Assert.InRange(simulator.Counters.PeakApiCallsPerSecond, 1, CallsPerSecond);
    }

    private static void RefuseListings(SimulatedSim sim)
    {
        foreach (var verb in new[] { "MLSD", "LIST", "NLST", "STAT" })
        {
            sim.Device!.Faults.Arm(DeviceFault.ReplyInstead(verb, "550 Permission denied.") with { Count = int.MaxValue });
        }
    }
}
