using NapterFtp.Copy;
using NapterFtp.Simulator.Device;

namespace NapterFtp.Core.Tests.Copy;

public sealed class SessionTests
{
    [Fact]
    public async Task Several_sessions_share_the_work_and_a_device_that_takes_fewer_gets_fewer()
    {
        await using var bench = await ClientBench.StartAsync(DeviceProfiles.Default with { MaxSessions = 2 });
        Tree.Make(bench.Root, files: 40, folders: 0);

        await bench.CopyAsync(bench.Pull() with { SessionLimit = 4 });

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(40, bench.Log.Count(NapterFtpTransferStatus.Copied));
        Tree.AssertSame(bench.Root, bench.Local);
    }

    [Fact]
    public async Task A_busy_device_is_tried_again()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Make(bench.Root, files: 1, folders: 0);
        bench.Device.Faults.Arm(DeviceFault.RefuseSession("221 FTP server busy, Goodbye."));

        await bench.CopyAsync(bench.Pull());

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(1, bench.Log.Count(NapterFtpTransferStatus.Copied));
    }

    [Theory]
    [InlineData("221 FTP server busy, Goodbye.", "DeviceBusy")]
    [InlineData("421 Too many users, sorry.", "DeviceBusy")]
    [InlineData("530 Too many connections from your address.", "DeviceBusy")]
    [InlineData("500 Go away.", "DeviceRefusedSession")]
    public async Task A_device_that_takes_no_session_is_one_clear_error(string greeting, string errorId)
    {
        await using var bench = await ClientBench.StartAsync();
        bench.Device.Faults.Arm(DeviceFault.RefuseSession(greeting) with { Count = int.MaxValue });

        var error = await Assert.ThrowsAsync<NapterFtpException>(() => bench.CopyAsync(bench.Pull()));

        Assert.Equal(errorId, error.ErrorId);
        Assert.NotNull(error.Advice);
        await Relay.ProxyBench.UntilAsync(() => bench.Api.Entries.Count == 0);
    }

    [Fact]
    public async Task A_wrong_password_is_not_tried_again()
    {
        await using var bench = await ClientBench.StartAsync(change: options => options with { UserName = "user", Password = "secret" });
        using var password = new System.Security.SecureString();
        "wrong".ToList().ForEach(password.AppendChar);
        bench.Options = bench.Options with { Login = new FtpLogin("user", password) };

        var error = await Assert.ThrowsAsync<NapterFtpException>(() => bench.CopyAsync(bench.Pull()));

        Assert.Equal("FtpLoginRefused", error.ErrorId);
        Assert.Equal(1, bench.Device.Counters.CountOf("PASS"));
        Assert.DoesNotContain("wrong", error.ToString(), StringComparison.Ordinal);
        await Relay.ProxyBench.UntilAsync(() => bench.Api.Entries.Count == 0);
    }

    [Fact]
    public async Task A_session_that_breaks_between_files_is_opened_anew()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Make(bench.Root, files: 12, folders: 0);
        bench.Device.Faults.Arm(DeviceFault.DropControl("RETR") with { Skip = 5 });

        await bench.CopyAsync(bench.Pull());

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(12, bench.Log.Transfers.Count);
        Tree.AssertSame(bench.Root, bench.Local);
        Assert.Equal(2, bench.Device.Counters.Sessions);
    }

    [Fact]
    public async Task A_device_that_goes_away_fails_the_rest_with_one_error()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Make(bench.Root, files: 12, folders: 0);
        bench.Device.Faults.Arm(DeviceFault.DropControl("RETR") with { Skip = 5, Count = int.MaxValue });
        bench.Device.Faults.Arm(DeviceFault.RefuseSession() with { Skip = 1, Count = int.MaxValue });

        await bench.CopyAsync(bench.Pull());

        Assert.Equal("DeviceBusy", Assert.Single(bench.Log.Errors).ErrorId);
        Assert.Equal(12, bench.Log.Transfers.Count);
        Assert.Equal(7, bench.Log.Count(NapterFtpTransferStatus.Failed));
        Assert.Equal(5, Tree.Names(bench.Local).Length);
    }

    [Fact]
    public async Task A_file_that_is_refused_is_one_error_and_the_rest_goes_on()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Make(bench.Root, files: 10, folders: 0);
        bench.Device.Faults.Arm(DeviceFault.ReplyInstead("RETR", "550 Permission denied.") with { Skip = 4 });

        await bench.CopyAsync(bench.Pull());

        Assert.Equal("RemoteAccessDenied", Assert.Single(bench.Log.Errors).ErrorId);
        Assert.Equal(9, Tree.Names(bench.Local).Length);
        Assert.Equal(1, bench.Device.Counters.Sessions);
    }

    [Fact]
    public async Task A_stalled_transfer_ends_by_its_limit_and_is_continued()
    {
        await using var bench = await ClientBench.StartAsync();
        bench.Options = ClientBench.WithoutFinalReply with { IdleTimeout = TimeSpan.FromMilliseconds(400) };
        Tree.Add(Path.Combine(bench.Root, "a.dat"), 300_000);
        bench.Device.Faults.Arm(DeviceFault.StallData(100_000, "RETR"));

        await bench.CopyAsync(bench.Pull());

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(NapterFtpTransferStatus.Resumed, Assert.Single(bench.Log.Transfers).Status);
        Tree.AssertSame(bench.Root, bench.Local);
    }

    /// <summary>A device with few passive ports has none free for a moment, as after another client's transfer; one without passive mode never has.</summary>
    [Theory]
    [InlineData("425 No free passive port.", 2, null)]
    [InlineData("421 Too many data connections.", 2, null)]
    [InlineData("502 Passive mode is not implemented.", 1, "NoPassivePort")]
    public async Task A_device_that_has_no_port_for_now_is_asked_again(string reply, int attempts, string? error)
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Make(bench.Root, files: 1, folders: 0);

        // The first is the listing's.
        bench.Device.Faults.Arm(DeviceFault.ReplyInstead("EPSV", reply) with { Skip = 1 });
        bench.Device.Faults.Arm(DeviceFault.ReplyInstead("PASV", reply));

        var transfer = Assert.Single(await bench.CopyAsync(bench.Pull()));

        Assert.Equal(error is null ? NapterFtpTransferStatus.Copied : NapterFtpTransferStatus.Failed, transfer.Status);
        Assert.Equal((attempts, error), (transfer.Attempts, bench.Log.Errors.SingleOrDefault()?.ErrorId));
    }

    /// <summary>It may hang up at any moment from then on, and what it is sent is lost; this one takes its time.</summary>
    [Theory]
    [InlineData("PASV", 1)]
    [InlineData("RETR", 0)]
    public async Task A_device_that_takes_leave_is_asked_for_nothing_more_and_connected_to_anew(string verb, int before)
    {
        await using var bench = new OddBench(new OddServer().With("/a.txt")) { Retry = new RetryPolicy(1, TimeSpan.FromMilliseconds(1)) };
        var answers = 0;
        bench.Server.Reply = (command, _) => command == verb && answers++ == before ? "421 Service not available, closing control connection." : null;

        await bench.CopyAsync(bench.Pull());

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(["a.txt"], bench.LocalFiles());
        var verbs = bench.Server.Verbs.ToList();
        Assert.Equal(2, verbs.Count(sent => sent == "USER"));
        Assert.Equal(before + 1, verbs.Take(verbs.LastIndexOf("USER")).Count(sent => sent == verb));
    }

    [Fact]
    public async Task A_device_that_leaves_FEAT_unanswered_is_asked_for_nothing_that_came_with_it()
    {
        var server = new OddServer { Silent = { "FEAT", "MLSD", "MLST", "MFMT", "OPTS" } }.With("/a.txt", "/sub/b.txt");
        server.Unknown.Clear();
        await using var bench = new OddBench(server) { Options = new FtpClientOptions { LoginGrace = TimeSpan.FromMilliseconds(300) } };
        bench.WriteLocal("c.txt");

        await bench.CopyAsync(bench.Pull());
        await bench.CopyAsync(bench.Push());

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(["a.txt", "c.txt", "sub/b.txt"], bench.LocalFiles());
        Assert.Contains("/c.txt", server.Files.Keys);
        Assert.Equal(1, server.Verbs.Count(verb => server.Silent.Contains(verb)));
    }
}
