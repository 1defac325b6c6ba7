using NapterFtp.Core.Tests.Pulls.Service;
using NapterFtp.Ftp;
using NapterFtp.Pulls;
using static NapterFtp.Core.Tests.Pulls.HistoryBench;

namespace NapterFtp.Core.Tests.Pulls;

/// <summary>What was learnt of a device's FTP server, from one run to the next.</summary>
public sealed class StoredTraitsTests(Stores stores)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task What_was_learnt_is_there_for_the_next_process_until_the_device_fails(string kind)
    {
        await using var bench = await StartAsync(stores, kind);
        var here = new StoredTraits(await bench.OpenAsync());
        var learnt = LearnedTraits.Parse(
            """{"version":1,"passive":"EPSV","listing":"LIST","clock":[{"listed":"2026-01-05T10:00:00Z","offsetMinutes":-540},{"listed":"2026-07-05T10:00:00Z","offsetMinutes":-600}]}""");
        var traits = new DeviceTraits();
        Assert.Null(await here.RecallAsync(Station, traits, Token));
        learnt.ApplyTo(traits);
        await here.KeepAsync(Station, traits, null, failed: false, Token);

        var there = new StoredTraits(await bench.OpenAsync());
        var next = new DeviceTraits();
        var kept = await there.RecallAsync(Station, next, Token);
        Assert.Equal(LearnedTraits.Of(traits).ToJson(), LearnedTraits.Of(next).ToJson());
        Assert.Equal(TimeSpan.FromMinutes(-600), next.Clock.OffsetAt(new DateTimeOffset(2026, 7, 5, 10, 0, 0, TimeSpan.Zero)));
        Assert.Null(await there.RecallAsync(Station with { Port = 2121 }, new DeviceTraits(), Token));

        await there.KeepAsync(Station, next, kept, failed: true, Token);
        var after = new DeviceTraits();
        Assert.Null(await here.RecallAsync(Station, after, Token));
        Assert.Null(after.ListVerb);
    }

    [Fact]
    public async Task A_run_asks_a_device_nothing_that_another_process_has_found_out()
    {
        await using var bench = await ServiceBench.StartAsync(stores, Stores.Sqlite, devices: 1);
        var pull = await bench.RegisterAsync(bench.Pull() with { IfExists = "Overwrite" });
        var counters = bench.Simulator.Sims[0].Device!.Counters;

        await (await bench.ServeAsync()).RunOnceAsync(bench, pull);
        var (feats, first) = (counters.CountOf("FEAT"), counters.RoundTrips);
        await (await bench.ServeAsync("two")).RunOnceAsync(bench, pull);

        Assert.Equal(6, bench.Heard.Files.Count);
        Assert.Equal(feats, counters.CountOf("FEAT"));
        Assert.True(counters.RoundTrips - first < first, $"{counters.RoundTrips - first} round trips after {first}");
    }
}

file static class Members
{
    /// <summary>A process's whole life: it has a connection of its own, which has learnt nothing.</summary>
    public static async Task RunOnceAsync(this NapterFtp.Pulls.Service.PullService service, ServiceBench bench, NapterPull pull)
    {
        await bench.RunAsync(pull);
        await service.DisposeAsync();
    }
}
