using System.Security;
using Microsoft.Extensions.Time.Testing;
using NapterFtp.Copy;
using NapterFtp.Simulator;
using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>What a fleet costs is told before anything is opened.</summary>
public sealed class FleetCostTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 3, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Devices_not_used_this_month_calls_and_minutes_are_told()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var simulator = await NapterSimulator.StartAsync(
            new SimulatorOptions
            {
                Sims = [.. Enumerable.Range(1, 250).Select(number => new SimulatedSimOptions
                {
                    Imsi = $"0010100{number:00000000}",
                    SimId = $"89811000000000{number:00000}",
                    DeviceEndPoint = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 9),
                })],
                ApiCallsPerMinute = 600,
                TimeProvider = new FakeTimeProvider(Now),
            },
            cancellation);
        simulator.Sims[1].LastPortCreatedAt = Now.AddDays(-1);
        simulator.Sims[2].LastPortCreatedAt = Now.AddDays(-4);
        simulator.Sims[240].LastPortCreatedAt = new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);
        using var key = new SecureString();
        simulator.AuthKey.ToList().ForEach(key.AppendChar);
        await using var connection = await NapterConnection.ConnectAsync(
            new NapterConnectionOptions
            {
                Credential = new SoracomCredential.AuthKey(simulator.AuthKeyId, key),
                Endpoint = simulator.ApiEndPoint,
                TrustedRootPath = simulator.TrustedRootPath,
                KeepsJournal = false,
                Time = new FakeTimeProvider(Now),
            },
            cancellation);

        var cost = await FleetCost.EstimateAsync(
            connection,
            [.. simulator.Sims.Select((sim, index) => index % 2 == 0 ? DeviceTarget.FromImsi(sim.Imsi) : DeviceTarget.FromSimId(sim.SimId))],
            3,
            cancellation);

        Assert.Equal((250, 248, 1500L, 480.0), (cost.Devices, cost.NotUsedThisMonth, cost.ApiCalls, cost.CallsPerMinute));
        Assert.Equal(
            "250 devices, 248 of them not used with Napter yet this month, for which SORACOM may charge; at least 1500 API calls, 4 minutes at 480 calls a minute",
            cost.ToString());
        Assert.Equal(0, simulator.Counters.EntriesCreated);
    }
}
