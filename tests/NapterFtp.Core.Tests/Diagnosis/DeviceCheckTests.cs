using NapterFtp.Copy;
using NapterFtp.Ftp;
using NapterFtp.Simulator;
using NapterFtp.Simulator.Device;
using static NapterFtp.NapterFtpCheckStatus;

namespace NapterFtp.Core.Tests.Diagnosis;

public sealed class DeviceCheckTests
{
    private static readonly string[] Steps =
    [
        "SignIn", "Sim", "Ping", "ControlPort", "Gateway", "Tls", "Greeting", "Login", "Pasv", "Epsv", "DataConnection", "Listing", "Upload", "Delete", "Traits", "Close",
    ];

    [Fact]
    public async Task A_device_that_works_passes_every_step_in_order_and_keeps_its_files()
    {
        await using var bench = await CheckBench.StartAsync();
        var before = Directory.GetFiles(bench.Sim.RootPath!, "*", SearchOption.AllDirectories);
        bench.Options = bench.Options with { Upload = true, Folder = "log" };

        var checks = await bench.RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal(Steps, checks.Select(check => check.Name));
        Assert.All(checks, check => Assert.Equal(Passed, check.Status));
        Assert.All(checks, check => Assert.Null(check.Cause));
        Assert.All(checks, check => Assert.Equal("001010000000001", check.Imsi));
        Assert.Equal(before, Directory.GetFiles(bench.Sim.RootPath!, "*", SearchOption.AllDirectories));
        Assert.Contains("3 files", checks.Single(check => check.Name == "Listing").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_written_unless_asked_and_approved()
    {
        await using var bench = await CheckBench.StartAsync();
        string? asked = null;
        bench.Options = bench.Options with
        {
            Upload = true,
            Approve = (file, _) =>
            {
                asked = file;
                return Task.FromResult(false);
            },
        };

        var checks = await bench.RunAsync(TestContext.Current.CancellationToken);

        Assert.StartsWith("001010000000001:21/napterftp-test-", asked, StringComparison.Ordinal);
        Assert.Equal([Skipped, Skipped], checks.Where(check => check.Name is "Upload" or "Delete").Select(check => check.Status));
    }

    [Fact]
    public async Task A_step_that_fails_ends_the_walk_but_for_closing()
    {
        await using var bench = await CheckBench.StartAsync();
        bench.Device.Faults.Arm(DeviceFault.RefuseLogin());

        var checks = await bench.RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal(Steps.Except(["Upload", "Delete"]), checks.Select(check => check.Name));
        Assert.Equal(Failed, checks[7].Status);
        Assert.All(checks.Take(7), check => Assert.Equal(Passed, check.Status));
        Assert.All(checks.Skip(8).SkipLast(1), check => Assert.Equal(Skipped, check.Status));
        Assert.Equal(Passed, checks[^1].Status);
    }

    [Fact]
    public async Task What_a_check_finds_out_is_asked_no_more_through_the_same_connection()
    {
        var asked = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await using var bench = await CheckBench.StartAsync(options => options with { Transcript = (_, text) => asked.Enqueue(text) });
        await bench.RunAsync(TestContext.Current.CancellationToken);
        asked.Clear();

        await using var client = DeviceClient.Create(bench.Connection, bench.Options.Device, 21, bench.Options.Client);
        await using var session = await client.OpenSessionAsync(forTransfer: false, TestContext.Current.CancellationToken);

        Assert.Contains(asked, text => text.StartsWith("USER", StringComparison.Ordinal));
        Assert.DoesNotContain("FEAT", asked);
        Assert.True(session.Traits.HasAnnounced(PassiveMode.Extended));
    }

    [Fact]
    public async Task A_failed_sign_in_is_a_check_that_failed_and_nothing_else_is_tried()
    {
        await using var bench = await CheckBench.StartAsync();
        bench.SignIn = _ => throw new NapterFtpException("SignInFailed", NapterFtpErrorKind.Authentication, "No.", "Do.");

        var checks = await bench.RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal(("SignInFailed", "Do."), (checks[0].Cause, checks[0].Advice));
        Assert.All(checks.Skip(1), check => Assert.Equal(Skipped, check.Status));
        Assert.Equal(0, bench.Simulator.Counters.EntriesCreated);
    }

    [Fact]
    public async Task A_device_without_EPSV_passes_with_PASV()
    {
        await using var bench = await CheckBench.StartAsync(device => device with { Profile = DeviceProfiles.Find("OmronCJ")! });

        var checks = await bench.RunAsync(TestContext.Current.CancellationToken);

        Assert.All(checks, check => Assert.Equal(Passed, check.Status));
    }

    [Fact]
    public async Task A_device_without_PASV_passes_with_EPSV_and_a_warning()
    {
        await using var bench = await CheckBench.StartAsync();
        bench.Device.Faults.Arm(DeviceFault.ReplyInstead("PASV", "502 No.") with { Count = int.MaxValue });

        var checks = await bench.RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal((Warning, "PasvNotSupported"), (checks[8].Status, checks[8].Cause));
        Assert.All(checks.Skip(9), check => Assert.Equal(Passed, check.Status));
    }

    [Theory]
    [InlineData(403, ApiOperation.SearchSims, "SoracomPermissionDenied")]
    [InlineData(404, ApiOperation.SearchSims, "SoracomNotFound")]
    [InlineData(403, ApiOperation.GetSim, "SoracomPermissionDenied")]
    [InlineData(404, ApiOperation.GetSim, "SimNotFound")]
    public async Task An_account_that_may_not_look_up_SIMs_or_has_none_to_see_is_warned_and_goes_on(int status, ApiOperation operation, string cause)
    {
        await using var bench = await CheckBench.StartAsync();
        bench.Simulator.Faults.Arm(ApiFault.Error(status) with { Operation = operation, Count = int.MaxValue });
        if (operation == ApiOperation.GetSim)
        {
            bench.Options = bench.Options with { Device = DeviceTarget.FromSimId(bench.Simulator.SimId) };
        }

        var checks = await bench.RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal((Warning, cause), (checks[1].Status, checks[1].Cause));
        // A ping needs the SIM ID.
        Assert.All(checks.Skip(2), check => Assert.Equal(check.Name == "Ping" && operation == ApiOperation.SearchSims ? Skipped : Passed, check.Status));
    }

    [Theory]
    [InlineData("Sim")]
    [InlineData("ControlPort")]
    [InlineData("Gateway")]
    [InlineData("Tls")]
    [InlineData("Greeting")]
    [InlineData("Login")]
    [InlineData("Pasv")]
    [InlineData("Epsv")]
    [InlineData("DataConnection")]
    [InlineData("Upload")]
    [InlineData("Delete")]
    public async Task Cancelled_at_any_step_it_leaves_no_port_and_no_file(string step)
    {
        await using var bench = await CheckBench.StartAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bench.Options = bench.Options with { Upload = true };
        bench.Starting = name =>
        {
            if (name == step)
            {
                stop.Cancel();
            }
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.RunAsync(stop.Token));

        await Relay.ProxyBench.UntilAsync(() => !bench.TestFiles().Any());
    }
}
