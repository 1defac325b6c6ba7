using System.Net;
using NapterFtp.Simulator;
using NapterFtp.Simulator.Device;

namespace NapterFtp.Core.Tests.Diagnosis;

/// <summary>The usual causes that show as silence, told apart by what SORACOM knows. They wait for the limit all at the same time.</summary>
public sealed class SilentCauseTests
{
    [Fact]
    public Task Each_silence_is_called_by_its_name() => Task.WhenAll(
        CauseTests.DiagnosesAsync("Tls", "EntryExpired", bench => bench.Simulator.Faults.Arm(GatewayFault.ExpiresEarly(TimeSpan.Zero))),
        CauseTests.DiagnosesAsync("Tls", "FirewallOutbound", bench => bench.Simulator.Faults.Arm(GatewayFault.LostOnTheWay())),
        CauseTests.DiagnosesAsync(
            "Tls",
            "NoTlsAnswer",
            bench =>
            {
                bench.Simulator.Faults.Arm(GatewayFault.PlainEntry());
                bench.Device.Faults.Arm(DeviceFault.Silence(DeviceFault.Connecting));
            }),
        CauseTests.DiagnosesAsync(
            "Greeting", "DeviceSaysNothing", bench => bench.Device.Faults.Arm(DeviceFault.Silence(DeviceFault.Connecting))),
        CauseTests.DiagnosesAsync("Greeting", "DeviceFirewall", bench => bench.Simulator.Faults.Arm(GatewayFault.DeviceTimesOut())),
        CauseTests.DiagnosesAsync(
            "Greeting",
            "DeviceSessionStale",
            bench =>
            {
                bench.Sim.LastSeen = bench.Now - TimeSpan.FromDays(3);
                bench.Simulator.Faults.Arm(GatewayFault.DeviceTimesOut());
            }),
        CauseTests.DiagnosesAsync(
            "DataConnection", "DataPortBlocked", bench => bench.Simulator.Faults.Arm(GatewayFault.FirewallBlocksDataPorts())));

    [Fact]
    public async Task Passive_ports_that_a_router_swallows_are_PassivePortNotForwarded()
    {
        await using var bench = await CheckBench.StartAsync(device => device with { AnnouncedAddress = IPAddress.Parse("192.168.1.20") });
        bench.Simulator.Faults.Arm(GatewayFault.FirewallBlocksDataPorts());
        var failed = await CauseTests.DiagnosesAsync(bench, "DataConnection", "PassivePortNotForwarded");
        Assert.Contains("192.168.1.20", failed.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_entry_made_for_seconds_instead_of_minutes_is_warned_of_and_then_named()
    {
        await using var bench = await CheckBench.StartAsync();
        bench.Options = bench.Options with { PortDuration = TimeSpan.FromSeconds(30) };
        bench.Simulator.Faults.Arm(GatewayFault.ExpiresEarly(TimeSpan.Zero));

        var checks = await bench.RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            [("ControlPort", NapterFtpCheckStatus.Warning), ("Tls", NapterFtpCheckStatus.Failed)],
            checks.Where(check => check.Cause == "MinutesForSeconds").Select(check => (check.Name, check.Status)));
    }

    [Fact]
    public async Task An_address_outside_the_source_range_is_SourceAddressDenied()
    {
        await using var bench = await CheckBench.StartAsync(sourceRanges: ["203.0.113.0/24"]);
        await CauseTests.DiagnosesAsync(bench, "Tls", "SourceAddressDenied");
    }
}
