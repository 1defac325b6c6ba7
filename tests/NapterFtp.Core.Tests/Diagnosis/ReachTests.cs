using NapterFtp.Diagnosis;
using NapterFtp.Simulator;
using NapterFtp.Testing;
using static NapterFtp.NapterFtpCheckStatus;

namespace NapterFtp.Core.Tests.Diagnosis;

/// <summary>What a check tells of the way to the device itself: pings, the place that its port goes by, what passed.</summary>
public sealed class ReachTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_device_that_answers_pings_but_not_on_its_port_has_radio()
    {
        await using var bench = await CheckBench.StartAsync();
        bench.Simulator.Faults.Arm(GatewayFault.DeviceTimesOut());

        var checks = await bench.RunAsync(Token);

        Assert.Equal(Passed, Of(checks, "Ping").Status);
        Assert.Equal("DeviceFirewall", Of(checks, "Greeting").Cause);
        Assert.Contains("answers pings", Of(checks, "Greeting").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_that_answers_neither_is_unreachable()
    {
        await using var bench = await CheckBench.StartAsync();
        bench.Sim.AnswersPing = false;
        bench.Simulator.Faults.Arm(GatewayFault.DeviceTimesOut());

        var checks = await bench.RunAsync(Token);

        Assert.Equal((Warning, "PingUnanswered"), (Of(checks, "Ping").Status, Of(checks, "Ping").Cause));
        Assert.Equal("DeviceUnreachable", Of(checks, "Greeting").Cause);
    }

    [Fact]
    public async Task A_device_that_drops_pings_passes_with_a_warning()
    {
        await using var bench = await CheckBench.StartAsync();
        bench.Sim.AnswersPing = false;

        var checks = await bench.RunAsync(Token);

        Assert.Equal(Warning, Of(checks, "Ping").Status);
        Assert.All(checks.Where(check => check.Name != "Ping"), check => Assert.Equal(Passed, check.Status));
    }

    [Fact]
    public async Task An_account_that_may_not_ping_is_told_so_and_passes()
    {
        await using var bench = await CheckBench.StartAsync(rights: new() { Denied = [ApiOperation.SendDownlinkPing] });

        var checks = await bench.RunAsync(Token);

        Assert.Equal((Skipped, "SoracomPermissionDenied"), (Of(checks, "Ping").Status, Of(checks, "Ping").Cause));
        Assert.Contains("Sim:sendDownlinkPing", Of(checks, "Ping").Advice, StringComparison.Ordinal);
        Assert.DoesNotContain(checks, check => check.Status == Failed);
    }

    [Fact]
    public async Task An_account_that_may_use_one_SIM_only_passes()
    {
        await using var bench = await CheckBench.StartAsync(rights: new()
        {
            Denied =
            [
                ApiOperation.CreatePortMapping, ApiOperation.ListPortMappings, ApiOperation.ListPortMappingsForSubscriber, ApiOperation.SearchSims,
                ApiOperation.GetNapterAuditLogs,
            ],
            SimIds = ["8981100000000000001"],
        });
        bench.Options = bench.Options with { Device = DeviceTarget.FromSimId("8981100000000000001") };

        Assert.All(await bench.RunAsync(Token), check => Assert.Equal(Passed, check.Status));
    }

    [Theory]
    [InlineData("aws:eu-central-1", 440, Warning, "RendezvousFar", "Frankfurt")]
    [InlineData("default", 440, Passed, null, "Tokyo")]
    [InlineData("aws:eu-central-1", null, Passed, null, "Frankfurt")]
    public async Task The_place_that_a_port_goes_by_is_told_and_a_far_one_warned_of(
        string placement, int? country, NapterFtpCheckStatus status, string? cause, string place)
    {
        await using var bench = await CheckBench.StartAsync(placement: placement, mobileCountry: country);

        var port = Of(await bench.RunAsync(Token), "ControlPort");

        Assert.Equal((status, cause), (port.Status, port.Cause));
        Assert.Contains(place, port.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_passed_is_saved_for_its_owner_alone_and_is_left_nowhere_else()
    {
        using var folder = new ScratchFolder();
        await using var bench = await CheckBench.StartAsync();
        bench.Options = bench.Options with { Capture = new CaptureOptions { Path = folder.File("test.pcap") } };

        var checks = await bench.RunAsync(Token);

        Assert.All(checks, check => Assert.Equal(Passed, check.Status));
        Assert.Equal(["Ping", "Capture", "ControlPort"], checks.Skip(2).Take(3).Select(check => check.Name));
        Assert.Equal("CaptureFile", checks[^1].Name);
        var text = await File.ReadAllTextAsync(folder.File("test.pcap"), System.Text.Encoding.Latin1, Token);
        Assert.Contains("USER anonymous", text, StringComparison.Ordinal);
        Assert.Empty(await bench.Connection.Captures.ListAsync(bench.Simulator.SimId, Token));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.File("test.pcap")));
        }
    }

    [Fact]
    public async Task A_recording_that_nobody_approved_or_that_would_replace_a_file_is_not_made()
    {
        using var folder = new ScratchFolder();
        await using var bench = await CheckBench.StartAsync();
        await File.WriteAllTextAsync(folder.File("old.pcap"), "old", Token);
        bench.Options = bench.Options with { Capture = new CaptureOptions { Path = folder.File("new.pcap"), Approve = (_, _) => Task.FromResult(false) } };
        Assert.Equal(Skipped, Of(await bench.RunAsync(Token), "Capture").Status);
        Assert.False(File.Exists(folder.File("new.pcap")));

        await using var other = await CheckBench.StartAsync();
        other.Options = other.Options with { Capture = new CaptureOptions { Path = folder.File("old.pcap") } };
        var checks = await other.RunAsync(Token);
        Assert.Equal((Failed, "CaptureFileExists"), (Of(checks, "Capture").Status, Of(checks, "Capture").Cause));
        Assert.Equal(Passed, Of(checks, "Listing").Status);
        Assert.Equal("old", await File.ReadAllTextAsync(folder.File("old.pcap"), Token));
    }

    [Fact]
    public async Task A_recording_that_cannot_be_fetched_leaves_no_file_and_nothing_at_SORACOM()
    {
        using var folder = new ScratchFolder();
        await using var bench = await CheckBench.StartAsync();
        bench.Options = bench.Options with { Capture = new CaptureOptions { Path = folder.File("test.pcap"), FileLimit = TimeSpan.FromSeconds(5) } };
        bench.Starting = step =>
        {
            if (step == "CaptureFile")
            {
                bench.Simulator.Faults.Arm(ApiFault.Error(403) with { Operation = ApiOperation.GetSimPacketCaptureSession, Count = int.MaxValue });
                bench.Simulator.Faults.Arm(ApiFault.Error(403) with { Operation = ApiOperation.StopSimPacketCaptureSession, Count = int.MaxValue });
            }
        };

        var checks = await bench.RunAsync(Token);

        Assert.Equal((Failed, "SoracomPermissionDenied"), (checks[^1].Status, checks[^1].Cause));
        Assert.False(File.Exists(folder.File("test.pcap")));
        Assert.Empty(await bench.Connection.Captures.ListAsync(bench.Simulator.SimId, Token));
    }

    private static NapterFtpCheck Of(IReadOnlyList<NapterFtpCheck> checks, string name) => checks.Single(check => check.Name == name);
}
