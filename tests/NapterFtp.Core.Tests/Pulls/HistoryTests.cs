using NapterFtp.Copy;
using NapterFtp.Pulls;
using static NapterFtp.Core.Tests.Pulls.HistoryBench;

namespace NapterFtp.Core.Tests.Pulls;

public sealed class HistoryTests(Stores stores)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task A_version_that_was_copied_is_known_and_another_is_not(string kind)
    {
        await using var bench = await StartAsync(stores, kind);
        await bench.CopyAsync(await bench.WriterAsync(), Version("/log.csv"));

        var next = await bench.WriterAsync();
        FileVersion[] asked =
        [
            Version("/log.csv"), Version("/log.csv", length: 6), Version("/log.csv", modified: Written.AddMinutes(1)), Version("/LOG.csv"), Version("/other.csv"),
        ];
        Assert.Equal([asked[0]], await next.FindAsync(Station, asked, Token));
        Assert.Empty(await next.FindAsync(Station with { Port = 2121 }, asked, Token));
        Assert.Empty(await next.FindAsync(Station with { Address = "192.168.1.20" }, asked, Token));
        Assert.Empty(await next.FindAsync(Station with { Service = SimService.Arc }, asked, Token));
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task What_is_known_under_an_imsi_goes_over_to_its_sim_and_is_found_by_either(string kind)
    {
        const string Imsi = "001010000000001";
        await using var bench = await StartAsync(stores, kind);
        var history = await bench.WriterAsync();
        var byImsi = Station with { Sim = Imsi };
        Assert.Null(await history.RecallSimAsync(Imsi, null, Token));
        Assert.True(await history.NoteFirstAsync(byImsi, "logs", [Version("/log.csv")], Token));

        // Looked up at last; then named by its SIM ID; then not to be looked up.
        Assert.Equal(Station.Sim, await history.RecallSimAsync(Imsi, Station.Sim, Token));
        Assert.False(await history.NoteFirstAsync(Station, "logs", [], Token));
        Assert.Single(await history.FindAsync(Station, [Version("/log.csv")], Token));
        Assert.Equal(Station.Sim, await history.RecallSimAsync(Imsi, null, Token));

        var record = Assert.Single(await bench.RecordsAsync(new HistoryQuery { Imsi = Imsi }));
        Assert.Equal((Imsi, Station.Sim), (record.Imsi, record.SimId));
        Assert.Equal(record, Assert.Single(await bench.RecordsAsync(new HistoryQuery { SimId = Station.Sim })));
        Assert.Empty(await bench.RecordsAsync(new HistoryQuery { Imsi = "001010000000002" }));
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task A_time_told_in_a_coarser_unit_is_the_same(string kind)
    {
        await using var bench = await StartAsync(stores, kind);
        var history = await bench.WriterAsync();
        await bench.CopyAsync(history, Version("/log.csv"));
        var midnight = new DateTimeOffset(Written.Date, TimeSpan.Zero);
        FileVersion[] asked =
        [
            Version("/log.csv", modified: Written.AddSeconds(-3), precision: TimeSpan.FromMinutes(1)),
            Version("/log.csv", modified: midnight, precision: TimeSpan.FromDays(1)),
            Version("/log.csv", modified: midnight.AddDays(-1), precision: TimeSpan.FromDays(1)),
        ];
        Assert.Equal(asked[..2], await history.FindAsync(Station, asked, Token));
    }

    [Fact]
    public void A_version_of_which_neither_length_nor_time_can_be_compared_is_unknown()
    {
        Assert.True(PullHistory.IsSame(Version("/a", length: null), Version("/a")));
        Assert.True(PullHistory.IsSame(Version("/a") with { Modified = null }, Version("/a")));
        Assert.False(PullHistory.IsSame(Version("/a", length: null) with { Modified = null }, Version("/a")));
        Assert.False(PullHistory.IsSame(Version("/a", length: null), Version("/a") with { Modified = null }));
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task What_is_there_before_the_first_run_is_noted_once(string kind)
    {
        await using var bench = await StartAsync(stores, kind);
        var history = await bench.WriterAsync();
        var old = Enumerable.Range(0, 1_203).Select(number => Version($"/logs/{number}.csv", length: number)).ToArray();
        Assert.True(await history.NoteFirstAsync(Station, "/logs/*", old, Token));
        Assert.False(await history.NoteFirstAsync(Station, "/logs/*", [Version("/logs/new.csv")], Token));
        Assert.Equal(old.ToHashSet(), await history.FindAsync(Station, [.. old, Version("/logs/new.csv")], Token));
        Assert.True(await history.NoteFirstAsync(Station, "/other/*", [], Token));
        Assert.True(await history.NoteFirstAsync(Station with { Port = 2121 }, "/logs/*", [], Token));
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task Of_two_first_runs_at_once_one_is_the_first(string kind)
    {
        await using var bench = await StartAsync(stores, kind);
        var writers = new List<PullHistory>();
        for (var i = 0; i < 4; i++)
        {
            writers.Add(await bench.WriterAsync());
        }

        var firsts = await Task.WhenAll(writers.Select(writer => Task.Run(() => writer.NoteFirstAsync(Station, "/*", [Version("/a"), Version("/b")], Token))));
        Assert.Single(firsts, first => first);
        Assert.Equal(2, (await bench.RecordsAsync()).Count);
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task A_file_that_did_not_come_stays_unknown_and_is_in_the_history(string kind)
    {
        await using var bench = await StartAsync(stores, kind);
        var history = await bench.WriterAsync(origin: new PullOrigin("nightly", 12));
        var version = Version("/log.csv");
        await history.WithdrawAsync(await history.IntendAsync(bench.Arrival(version), Token), Token);
        await history.ReportAsync(Station, version, Result("/log.csv", "/in/log.csv", NapterFtpTransferStatus.Failed, "The line went dead."), Token);
        await history.ReportAsync(Station, version, Result("/log.csv", "/in/log.csv", NapterFtpTransferStatus.Changed), Token);
        await history.ReportAsync(Station, version, Result("/log.csv", "/in/log.csv", NapterFtpTransferStatus.Postponed), Token);

        Assert.Empty(await history.FindAsync(Station, [version], Token));
        var records = await bench.RecordsAsync();
        Assert.Equal([NapterPullOutcome.Postponed, NapterPullOutcome.Changed, NapterPullOutcome.Failed], records.Select(record => record.Outcome));
        var failed = records[^1];
        Assert.Equal(("The line went dead.", "nightly", 12, 2, 7), (failed.Error, failed.Pull, failed.RunId, failed.Attempts, failed.Transferred));
        Assert.Equal(TimeSpan.FromSeconds(3), failed.Duration);
        Assert.Equal(("8981100000000000001", null, 21), (failed.SimId, failed.Imsi, failed.DevicePort));
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task A_name_that_is_no_text_is_kept_as_it_is(string kind)
    {
        await using var bench = await StartAsync(stores, kind);
        var history = await bench.WriterAsync();
        string[] paths = ["/\uDC83\uDC65.csv", "/nul\0.csv", "/esc\u001B001B.csv", "/\U0001F4A9\uDC80", "/日本語 'quoted\".csv", "/\uD83D"];
        foreach (var path in paths)
        {
            await history.ReportAsync(Station, Version(path), Result(path, path, NapterFtpTransferStatus.Failed, path), Token);
            Assert.True(await history.NoteFirstAsync(Station, path, [Version(path)], Token));
        }

        Assert.Equal(paths.ToHashSet(), (await history.FindAsync(Station, [.. paths.Select(path => Version(path))], Token)).Select(version => version.Path).ToHashSet());
        Assert.Equal(paths, (await bench.RecordsAsync(new HistoryQuery { Outcomes = [NapterPullOutcome.Failed] })).Select(record => record.Error).Reverse());
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task The_history_tells_what_is_asked_for_the_latest_first(string kind)
    {
        await using var bench = await StartAsync(stores, kind);
        var history = await bench.WriterAsync(origin: new PullOrigin("Nightly", 1));
        var start = bench.Time.GetUtcNow();
        for (var day = 0; day < 3; day++)
        {
            await bench.CopyAsync(history, Version($"/logs/{day}.csv", modified: bench.Time.GetUtcNow() - (day == 1 ? TimeSpan.FromHours(30) : TimeSpan.FromHours(1))));
            bench.Time.Advance(TimeSpan.FromDays(1));
        }

        await history.ReportAsync(Station with { Sim = "001010000000001" }, Version("/logs/3.csv"), Result("/logs/3.csv", "x", NapterFtpTransferStatus.Failed), Token);

        await AssertAsync(["/logs/3.csv", "/logs/2.csv", "/logs/1.csv", "/logs/0.csv"], new HistoryQuery());
        await AssertAsync(["/logs/2.csv", "/logs/1.csv", "/logs/0.csv"], new HistoryQuery { SimId = Station.Sim });
        await AssertAsync(["/logs/3.csv"], new HistoryQuery { Imsi = "001010000000001" });
        await AssertAsync(["/logs/3.csv"], new HistoryQuery { Outcomes = [NapterPullOutcome.Failed, NapterPullOutcome.Changed] });
        await AssertAsync(["/logs/1.csv"], new HistoryQuery { Late = TimeSpan.FromDays(1) });
        await AssertAsync(["/logs/2.csv"], new HistoryQuery { Path = "/logs/[2]*" });
        await AssertAsync(["/logs/2.csv"], new HistoryQuery { Path = "/logs/2.csv" });
        await AssertAsync(["/logs/1.csv"], new HistoryQuery { Since = start.AddHours(12), Until = start.AddHours(36) });
        await AssertAsync([], new HistoryQuery { Pull = "daily" });
        await AssertAsync(["/logs/3.csv", "/logs/2.csv", "/logs/1.csv", "/logs/0.csv"], new HistoryQuery { Pull = "night*", Run = 1 });

        async Task AssertAsync(string[] expected, HistoryQuery query) =>
            Assert.Equal(expected, (await bench.RecordsAsync(query)).Select(record => record.Path));
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task More_records_than_a_page_has_are_all_told(string kind)
    {
        await using var bench = await StartAsync(stores, kind);
        var history = await bench.WriterAsync();
        await history.NoteFirstAsync(Station, "/*", [.. Enumerable.Range(0, 2_000).Select(number => Version($"/{number}"))], Token);
        Assert.Equal(2_000, (await bench.RecordsAsync()).Select(record => record.Path).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task Clearing_forgets_what_is_older_but_nothing_unsettled(string kind)
    {
        await using var bench = await StartAsync(stores, kind);
        var history = await bench.WriterAsync();
        await bench.CopyAsync(history, Version("/old.csv"));
        await history.IntendAsync(bench.Arrival(Version("/open.csv")), Token);
        bench.Time.Advance(TimeSpan.FromDays(10));
        await bench.CopyAsync(history, Version("/new.csv"));

        var store = await bench.OpenAsync();
        var before = bench.Time.GetUtcNow() - TimeSpan.FromDays(5);
        Assert.Equal((1, 0), await HistoryClearing.CountAsync(store, before, Token));
        Assert.Equal((1, 0), await HistoryClearing.ClearAsync(store, before, Token));
        Assert.Equal(["/new.csv", "/open.csv"], (await bench.RecordsAsync()).Select(record => record.Path));
    }
}
