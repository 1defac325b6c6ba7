using NapterFtp.Copy;
using NapterFtp.Simulator.Device;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>What becomes of sources: moved, put aside, locked, and what the user's script has to say.</summary>
public sealed class SourceEndTests
{
    private static readonly DateTimeOffset Night = new(2026, 3, 1, 2, 30, 0, TimeSpan.FromHours(9));

    [Fact]
    public async Task A_source_is_moved_into_a_folder_of_the_day_that_is_made_for_it()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "log", "a.csv"), 500);

        await bench.CopyAsync(bench.Pull("/log/") with { MoveSource = "done/{Date:yyyyMMdd}", Began = Night });

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(["log/done/20260301/a.csv"], Tree.Names(bench.Root));
        var transfer = Assert.Single(bench.Log.Transfers);
        Assert.Equal(("/log/done/20260301/a.csv", false), (transfer.SourceMovedTo, transfer.SourceRemoved));
    }

    [Theory]
    [InlineData("done")]
    [InlineData("done/{Date:yyyyMMdd}")]
    [InlineData("{Yesterday:yyyy-MM}-done")]
    [InlineData("/archive")]
    public async Task What_was_moved_is_not_copied_again_by_the_next_run(string folder)
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "log", "a.csv"), 500);
        var pull = bench.Pull("/") with { IsLiteral = true, MoveSource = folder, Began = Night };

        await bench.CopyAsync(pull);
        Assert.Equal(NapterFtpTransferStatus.Copied, Assert.Single(bench.Log.Transfers).Status);
        await bench.CopyAsync(pull with { Began = Night.AddDays(40) });

        Assert.Empty(bench.Log.Errors);
        Assert.Empty(bench.Log.Transfers);
        Assert.Equal(["log/a.csv"], Tree.Names(bench.Local));
    }

    [Fact]
    public async Task A_file_moved_before_whose_name_differs_by_case_alone_is_not_replaced()
    {
        await using var bench = new OddBench(new OddServer { IgnoresCase = true }.With("/out/log.csv", "/done/LOG.CSV"));

        await bench.CopyAsync(bench.Pull("/out/log.csv") with { MoveSource = "/done" });

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(["/done/log (1).csv", "/done/LOG.CSV"], bench.Server.FileNames);
        Assert.Equal("content of /done/LOG.CSV"u8, bench.Server.Files["/done/LOG.CSV"]);
    }

    [Fact]
    public async Task A_file_that_was_locked_without_an_answer_is_not_replaced_by_the_one_that_came_after_it()
    {
        await using var bench = new OddBench(new OddServer().With("/a.csv")) { Retry = new RetryPolicy(1, TimeSpan.FromMilliseconds(1)) };
        var files = bench.Server.Files;
        bench.Server.Reply = (verb, _) =>
        {
            if (verb != "RNTO" || files.ContainsKey("/a.csv" + SourceLock.Suffix))
            {
                return null;
            }

            files["/a.csv" + SourceLock.Suffix] = files["/a.csv"];
            files["/a.csv"] = [1];
            return "421 Good bye.";
        };

        await bench.CopyAsync(bench.Pull("/a.csv") with { RemoveSource = true, Rules = new SourceRules { LocksByRename = true } });

        Assert.Empty(bench.Log.Errors);
        Assert.Equal("content of /a.csv", await File.ReadAllTextAsync(bench.LocalPath("a.csv"), TestContext.Current.CancellationToken));
        Assert.Equal(["/a.csv"], bench.Server.FileNames);
    }

    [Fact]
    public async Task A_file_moved_before_under_the_same_name_is_not_replaced()
    {
        await using var bench = await ClientBench.StartAsync();
        var pull = bench.Pull() with { MoveSource = "/done", Began = Night };
        for (var length = 500; length < 503; length++)
        {
            Tree.Add(Path.Combine(bench.Root, "a.csv"), length);
            await bench.CopyAsync(pull);
            Assert.Empty(bench.Log.Errors);
        }

        Assert.Equal(["done/a (1).csv", "done/a (2).csv", "done/a.csv"], Tree.Names(bench.Root));
        Assert.Equal(500, new FileInfo(Path.Combine(bench.Root, "done", "a.csv")).Length);
    }

    [Fact]
    public async Task Several_sessions_at_a_time_move_files_without_replacing_any()
    {
        await using var bench = await ClientBench.StartAsync();
        for (var folder = 0; folder < 8; folder++)
        {
            Tree.Add(Path.Combine(bench.Root, $"f{folder}", "a.csv"), 500 + folder);
        }

        await bench.CopyAsync(bench.Pull() with { MoveSource = "/done", SessionLimit = 4, Began = Night });

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(8, Tree.Names(bench.Root).Count(name => name.StartsWith("done/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_file_that_cannot_be_had_whole_is_put_aside_where_the_user_says()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "bad.csv"), 500);
        bench.Device.Faults.Arm(DeviceFault.ReplyInstead("RETR", "550 Bad sector.") with { Count = int.MaxValue });

        await bench.CopyAsync(bench.Pull() with { MoveSource = "/done", MoveFailed = "/bad", Began = Night });

        Assert.Equal(["bad/bad.csv"], Tree.Names(bench.Root));
        var transfer = Assert.Single(bench.Log.Transfers);
        Assert.Equal((NapterFtpTransferStatus.Failed, "/bad/bad.csv"), (transfer.Status, transfer.SourceMovedTo));
    }

    [Fact]
    public async Task A_device_that_goes_away_puts_no_file_aside()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "good.csv"), 500);
        bench.Device.Faults.Arm(DeviceFault.DropControl("RETR") with { Count = int.MaxValue });

        await bench.CopyAsync(bench.Pull() with { MoveFailed = "/bad", Began = Night, Retry = RetryPolicy.None });

        Assert.Equal(["good.csv"], Tree.Names(bench.Root));
    }

    [Fact]
    public async Task The_script_sees_the_file_in_place_before_its_source_goes()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "a.csv"), 500);
        var seen = new List<(string, bool, bool)>();
        bench.Log.OnCopied = transfer => seen.Add((transfer.Destination, File.Exists(transfer.Destination), File.Exists(Path.Combine(bench.Root, "a.csv"))));

        await bench.CopyAsync(bench.Pull() with { RemoveSource = true });

        Assert.Equal([(Path.Combine(bench.Local, "a.csv"), true, true)], seen);
        Assert.Empty(Tree.Names(bench.Root));
    }

    [Theory]
    [InlineData(null, "a.csv")]
    [InlineData("/bad", "bad/a.csv")]
    public async Task A_script_that_fails_keeps_the_source(string? moveFailed, string there)
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "a.csv"), 500);
        bench.Log.OnCopied = _ => throw new NapterFtpException("OnCopiedFailed", NapterFtpErrorKind.Unexpected, "No.", "");

        await bench.CopyAsync(bench.Pull() with { RemoveSource = true, MoveFailed = moveFailed, Began = Night });

        Assert.Equal([there], Tree.Names(bench.Root));
        Assert.Equal(["a.csv"], Tree.Names(bench.Local));
        Assert.False(Assert.Single(bench.Log.Transfers).SourceRemoved);
        Assert.Equal("OnCopiedFailed", Assert.Single(bench.Log.Errors).ErrorId);
    }

    [Fact]
    public async Task A_file_is_locked_by_another_name_while_it_is_fetched()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "a.csv"), 500);
        string[] meanwhile = [];
        bench.Device.Faults.Arm(DeviceFault.ChangeFile(_ => meanwhile = Tree.Names(bench.Root), "RETR"));

        await bench.CopyAsync(bench.Pull() with { Rules = new SourceRules { LocksByRename = true } });

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(["a.csv.napterlock"], meanwhile);
        Assert.Equal(["a.csv"], Tree.Names(bench.Root));
        Assert.Equal(["a.csv"], Tree.Names(bench.Local));
        Assert.Equal("/a.csv", Assert.Single(bench.Log.Transfers).Source);
    }

    [Fact]
    public async Task A_file_that_does_not_let_itself_be_locked_is_postponed()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "a.csv"), 500);
        bench.Device.Faults.Arm(DeviceFault.ReplyInstead("RNFR", "550 In use."));

        await bench.CopyAsync(bench.Pull() with { Rules = new SourceRules { LocksByRename = true } });

        Assert.Equal(NapterFtpTransferStatus.Postponed, Assert.Single(bench.Log.Transfers).Status);
        Assert.Equal(["a.csv"], Tree.Names(bench.Root));
    }

    [Theory]
    [InlineData("/*.csv", false)]
    [InlineData("/a.csv", true)]
    [InlineData("/", true)]
    public async Task What_a_run_that_was_cut_left_locked_is_taken_up_by_the_next(string path, bool isLiteral)
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "a.csv.napterlock"), 500);

        await bench.CopyAsync(bench.Pull(path) with { IsLiteral = isLiteral, RemoveSource = true, Rules = new SourceRules { LocksByRename = true } });

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(["a.csv"], Tree.Names(bench.Local));
        Assert.Empty(Tree.Names(bench.Root));
    }

    [Fact]
    public async Task A_file_written_under_the_name_of_a_locked_one_is_neither_replaced_nor_lost()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "a.csv.napterlock"), 500);
        Tree.Add(Path.Combine(bench.Root, "a.csv"), 700);

        await bench.CopyAsync(bench.Pull() with { Rules = new SourceRules { LocksByRename = true } });

        Assert.Equal("SourceStaysLocked", Assert.Single(bench.Log.Errors).ErrorId);
        Assert.Equal(["a.csv", "a.csv.napterlock"], Tree.Names(bench.Root));
        Assert.Equal(500, new FileInfo(Path.Combine(bench.Local, "a.csv")).Length);
    }

    [Fact]
    public async Task A_locked_file_that_fails_gets_its_name_back()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "a.csv"), 500);
        bench.Device.Faults.Arm(DeviceFault.ReplyInstead("RETR", "550 Bad sector.") with { Count = int.MaxValue });

        await bench.CopyAsync(bench.Pull() with { Rules = new SourceRules { LocksByRename = true } });

        Assert.Equal(NapterFtpTransferStatus.Failed, Assert.Single(bench.Log.Transfers).Status);
        Assert.Equal(["a.csv"], Tree.Names(bench.Root));
    }
}
