using NapterFtp.Copy;
using NapterFtp.Simulator.Device;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>Which files an unattended pull takes: finished ones only, as many as the limits allow.</summary>
public sealed class FinishedFileTests
{
    private static readonly SourceRules TwoLooks = new() { StableFor = TimeSpan.FromMilliseconds(1) };

    [Fact]
    public async Task Of_files_that_grow_or_go_between_two_looks_none_is_copied()
    {
        var looks = 0;
        var server = new OddServer().With("/brief.csv", "/done.csv", "/growing.csv");
        server.Lines = (verb, folder) =>
        {
            if (++looks == 2)
            {
                server.Files["/growing.csv"] = new byte[500];
                server.Files.Remove("/brief.csv");
            }

            return server.LinesOf(verb, folder).ToList();
        };
        await using var bench = new OddBench(server);

        await bench.CopyAsync(bench.Pull() with { Rules = TwoLooks });

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(["done.csv"], bench.LocalFiles());
        var postponed = bench.Log.Transfers.Where(transfer => transfer.Status == NapterFtpTransferStatus.Postponed);
        Assert.Equal(
            [("/brief.csv", "gone at the second look", 0), ("/growing.csv", "still changing", 0)],
            postponed.Select(transfer => (transfer.Source, transfer.Error!, transfer.Attempts)));
    }

    [Fact]
    public async Task Files_younger_than_the_least_age_are_left_for_later()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "old.csv"), 500, DateTime.UtcNow.AddHours(-2));
        Tree.Add(Path.Combine(bench.Root, "new.csv"), 500, DateTime.UtcNow.AddMinutes(-10));

        await bench.CopyAsync(bench.Pull() with { Rules = new SourceRules { MinimumAge = TimeSpan.FromHours(1) } });

        Assert.Equal(["old.csv"], Tree.Names(bench.Local));
        Assert.Equal("younger than 01:00:00", bench.Log.Transfers.Single(transfer => transfer.Source == "/new.csv").Error);
    }

    [Theory]
    [InlineData("{Name}.ok", "a.csv.ok", "/*")]
    [InlineData("{BaseName}.done", "a.done", "/*")]
    [InlineData("{Name}.ok", "a.csv.ok", "/*.csv")]
    public async Task Only_files_with_a_done_file_are_copied_and_the_done_file_is_not(string template, string done, string path)
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "a.csv"), 500);
        Tree.Add(Path.Combine(bench.Root, done), 0);
        Tree.Add(Path.Combine(bench.Root, "b.csv"), 500);

        await bench.CopyAsync(bench.Pull(path) with { Rules = new SourceRules { DoneFile = template } });

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(["a.csv"], Tree.Names(bench.Local));
        Assert.Equal(NapterFtpTransferStatus.Postponed, bench.Log.Transfers.Single(transfer => transfer.Source == "/b.csv").Status);
        Assert.DoesNotContain(bench.Log.Transfers, transfer => transfer.Source == "/" + done);
    }

    [Fact]
    public async Task A_done_file_is_looked_for_also_where_one_file_is_named()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "a.csv"), 500);

        await bench.CopyAsync(bench.Pull("/a.csv") with { IsLiteral = true, Rules = new SourceRules { DoneFile = "{Name}.ok" } });
        Assert.Equal(NapterFtpTransferStatus.Postponed, Assert.Single(bench.Log.Transfers).Status);

        Tree.Add(Path.Combine(bench.Root, "a.csv.ok"), 0);
        await bench.CopyAsync(bench.Pull("/a.csv") with { IsLiteral = true, Rules = new SourceRules { DoneFile = "{Name}.ok" } });
        Assert.Equal(["a.csv"], Tree.Names(bench.Local));
    }

    [Fact]
    public async Task The_done_file_goes_with_its_source()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "a.csv"), 500);
        Tree.Add(Path.Combine(bench.Root, "a.csv.ok"), 0);

        await bench.CopyAsync(bench.Pull() with { RemoveSource = true, Rules = new SourceRules { DoneFile = "{Name}.ok" } });

        Assert.Empty(bench.Log.Errors);
        Assert.Empty(Tree.Names(bench.Root));
    }

    [Theory]
    [InlineData(null, new[] { "/1-old.csv", "/2-new.csv" })]
    [InlineData(NapterFtpOrder.Newest, new[] { "/3-newest.csv", "/2-new.csv" })]
    [InlineData(NapterFtpOrder.Smallest, new[] { "/3-newest.csv", "/1-old.csv" })]
    [InlineData(NapterFtpOrder.Name, new[] { "/1-old.csv", "/2-new.csv" })]
    public async Task Of_more_files_than_are_wanted_the_first_in_order_come_and_the_next_run_has_the_rest(NapterFtpOrder? order, string[] first)
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "2-new.csv"), 900, new DateTime(2026, 2, 1, 0, 0, 0, DateTimeKind.Utc));
        Tree.Add(Path.Combine(bench.Root, "1-old.csv"), 600, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Tree.Add(Path.Combine(bench.Root, "3-newest.csv"), 300, new DateTime(2026, 3, 1, 0, 0, 0, DateTimeKind.Utc));
        var pull = bench.Pull() with { RemoveSource = true, Rules = new SourceRules { MaxFiles = 2, Order = order } };

        await bench.CopyAsync(pull);

        Assert.Equal(first, bench.Log.Transfers.Where(transfer => transfer.Status == NapterFtpTransferStatus.Copied).Select(transfer => transfer.Source));
        Assert.Equal("beyond -MaxFiles", Assert.Single(bench.Log.Transfers, transfer => transfer.Status == NapterFtpTransferStatus.Postponed).Error);

        await bench.CopyAsync(pull);
        Assert.Equal(NapterFtpTransferStatus.Copied, Assert.Single(bench.Log.Transfers).Status);
        Assert.Equal(3, Tree.Names(bench.Local).Length);
    }

    [Fact]
    public async Task No_file_is_begun_that_would_go_beyond_the_bytes_allowed()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "a.csv"), 600, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Tree.Add(Path.Combine(bench.Root, "b.csv"), 5000, new DateTime(2026, 1, 2, 0, 0, 0, DateTimeKind.Utc));
        Tree.Add(Path.Combine(bench.Root, "c.csv"), 500, new DateTime(2026, 1, 3, 0, 0, 0, DateTimeKind.Utc));
        Tree.Add(Path.Combine(bench.Root, "d.csv"), 400, new DateTime(2026, 1, 4, 0, 0, 0, DateTimeKind.Utc));

        await bench.CopyAsync(bench.Pull() with { Rules = new SourceRules { MaxBytes = 1000 } });

        Assert.Equal(["a.csv", "d.csv"], Tree.Names(bench.Local));
        Assert.Equal("larger than -MaxBytes alone", bench.Log.Transfers.Single(transfer => transfer.Source == "/b.csv").Error);
        Assert.Equal("beyond -MaxBytes", bench.Log.Transfers.Single(transfer => transfer.Source == "/c.csv").Error);
    }

    [Fact]
    public async Task Bytes_that_had_to_be_fetched_twice_count()
    {
        await using var bench = await ClientBench.StartAsync(DeviceProfiles.Default with { Without = ["REST"] });
        Tree.Add(Path.Combine(bench.Root, "a.csv"), 600_000, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Tree.Add(Path.Combine(bench.Root, "b.csv"), 300_000, new DateTime(2026, 1, 2, 0, 0, 0, DateTimeKind.Utc));
        bench.Device.Faults.Arm(DeviceFault.TruncateData(500_000, "RETR"));

        await bench.CopyAsync(bench.Pull() with { Rules = new SourceRules { MaxBytes = 1_300_000 } });

        Assert.Equal(["b.csv"], Tree.Names(bench.Local));
        Assert.Equal("beyond -MaxBytes", bench.Log.Transfers.Single(transfer => transfer.Source == "/a.csv").Error);
    }

    [Fact]
    public async Task After_the_end_of_the_time_allowed_nothing_is_begun()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Make(bench.Root, files: 3, folders: 0);

        await bench.CopyAsync(bench.Pull() with { Rules = new SourceRules { Until = DateTimeOffset.UtcNow } });

        Assert.Empty(Tree.Names(bench.Local));
        Assert.Equal(3, bench.Log.Count(NapterFtpTransferStatus.Postponed));
        Assert.Equal(0, bench.Device.Counters.CountOf("RETR"));
    }

    [Fact]
    public async Task A_path_that_leads_nowhere_is_no_error_where_it_may_be_missing()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "there.csv"), 500);

        await bench.CopyAsync(bench.Pull() with { Paths = ["/none/", "/there.csv"], IsLiteral = true, IgnoreMissing = true });

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(["there.csv"], Tree.Names(bench.Local));
    }

    [Fact]
    public async Task The_files_of_a_device_keep_to_the_rate_together()
    {
        var clock = new StepClock();
        var pace = new RatePace(10_000, clock);

        for (var i = 0; i < 8; i++)
        {
            await pace.TakeAsync(pace.LargestPiece, TestContext.Current.CancellationToken);
        }

        Assert.Equal(2500, pace.LargestPiece);
        Assert.Equal(TimeSpan.FromSeconds(2), clock.Waited);
    }

    /// <summary>A clock that goes on by what is waited for, at once.</summary>
    private sealed class StepClock : TimeProvider
    {
        public TimeSpan Waited { get; private set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Waited.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waited += dueTime;
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
