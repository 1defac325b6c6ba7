using NapterFtp.Pulls;
using static NapterFtp.Core.Tests.Pulls.HistoryBench;
using static NapterFtp.Core.Tests.Pulls.PullTriggerTests;

namespace NapterFtp.Core.Tests.Pulls;

public sealed class PullRunTests(Stores stores)
{
    private static readonly DateTimeOffset Night = new(2026, 11, 2, 2, 30, 0, TimeSpan.Zero);
    private static readonly PullDevice[] Fleet =
        [.. Enumerable.Range(0, 450).Select(number => $"89811000000000{number:00000}").Select(sim => DeviceTarget.FromSimId(sim)).Select(sim => new PullDevice(sim, DeviceKey.For(sim, 21), null, sim.SimId, null))];

    private static readonly DeviceKey[] Devices = [.. Fleet.Select(device => device.Key)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task A_run_that_is_begun_again_is_the_same_and_does_no_device_twice(string kind)
    {
        await using var bench = await StartAsync(stores, kind);
        var runs = new PullRuns(await bench.OpenAsync());
        var run = await runs.BeginAsync(Pull("@daily"), Night, Token);
        Assert.Equal(200, await runs.FreezeAsync(run, Fleet[..200], Token));
        Assert.Equal(PullClaim.Taken, await runs.ClaimAsync(run, Devices[0], Worker("a"), Token));
        await runs.FinishAsync(run, Devices[0], "a", new PullTally(3, 300, null), null, Token);

        // Its process was killed in the middle of the fan-out.
        var others = new PullRuns(await bench.OpenAsync());
        Assert.Equal(run, await others.BeginAsync(Pull("@daily"), Night, Token));
        Assert.Equal(250, await others.FreezeAsync(run, Fleet, Token));
        Assert.Equal(PullClaim.Done, await others.ClaimAsync(run, Devices[0], Worker("b"), Token));
        foreach (var device in Devices[1..])
        {
            Assert.Equal(PullClaim.Taken, await others.ClaimAsync(run, device, Worker("b"), Token));
            await others.FinishAsync(run, device, "b", new PullTally(1, 10, device == Devices[7] ? "gone" : null), null, Token);
        }

        var told = Assert.Single(await runs.FindAsync("night*", null, null, Token));
        Assert.Equal((450, 449, 1, 0), (told.Devices, told.Done, told.Failed, told.Waiting));
        Assert.Equal((452, 4_790, "gone"), (told.Files, told.Bytes, told.Error));
        Assert.NotNull(told.Ended);
        Assert.NotEqual(run, await runs.BeginAsync(Pull("@daily"), Night.AddDays(1), Token));
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task Clearing_forgets_runs_that_ended_long_ago_but_each_schedules_last(string kind)
    {
        await using var bench = await StartAsync(stores, kind);
        var store = await bench.OpenAsync();
        var runs = new PullRuns(store);
        foreach (var (name, night, ends) in new[] { ("often", 0, true), ("seldom", 0, true), ("open", 0, false), ("often", 1, true), ("open", 1, true) })
        {
            var run = await runs.BeginAsync(Pull("@daily") with { Name = name }, Night.AddDays(night), Token);
            await runs.FreezeAsync(run, [Only], Token);
            if (ends)
            {
                Assert.Equal(PullClaim.Taken, await runs.ClaimAsync(run, Station, Worker("a"), Token));
                await runs.FinishAsync(run, Station, "a", default, null, Token);
            }
        }

        bench.Time.Advance(TimeSpan.FromDays(10));
        var before = bench.Time.GetUtcNow() - TimeSpan.FromDays(5);
        Assert.Equal((0, 1), await HistoryClearing.CountAsync(store, before, Token));
        Assert.Equal((0, 1), await HistoryClearing.ClearAsync(store, before, Token));
        Assert.Equal(["often", "open", "open", "seldom"], (await runs.FindAsync("*", null, null, Token)).Select(run => run.Pull).Order());
        Assert.Equal((0, 0), await HistoryClearing.CountAsync(store, before, Token));
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task No_device_is_worked_on_twice_at_a_time_whichever_run_it_is_for(string kind)
    {
        await using var bench = await StartAsync(stores, kind);
        var runs = new PullRuns(await bench.OpenAsync());
        var first = await runs.BeginAsync(Pull("@daily"), Night, Token);
        var second = await runs.BeginAsync(Pull("@daily") with { Name = "other" }, Night, Token);
        await runs.FreezeAsync(first, [Only], Token);
        await runs.FreezeAsync(second, [Only], Token);
        Assert.Equal(PullClaim.Taken, await runs.ClaimAsync(first, Station, Worker("a"), Token));
        Assert.Equal(PullClaim.Busy, await runs.ClaimAsync(first, Station, Worker("b"), Token));
        Assert.Equal(PullClaim.Busy, await runs.ClaimAsync(second, Station, Worker("b"), Token));
        await runs.FinishAsync(first, Station, "a", default, null, Token);
        Assert.Equal(PullClaim.Taken, await runs.ClaimAsync(second, Station, Worker("b"), Token));
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task Of_many_that_want_a_device_at_once_one_gets_it(string kind)
    {
        await using var bench = await StartAsync(stores, kind);
        var workers = new List<PullRuns>();
        for (var i = 0; i < 4; i++)
        {
            workers.Add(new PullRuns(await bench.OpenAsync()));
        }

        var run = await workers[0].BeginAsync(Pull("@daily"), Night, Token);
        await workers[0].FreezeAsync(run, [Only], Token);
        var claims = await Task.WhenAll(workers.Select((worker, index) => Task.Run(() => worker.ClaimAsync(run, Station, Worker($"{index}"), Token))));
        Assert.Single(claims, claim => claim == PullClaim.Taken);
        Assert.Equal(3, claims.Count(claim => claim == PullClaim.Busy));
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task What_a_dead_worker_had_is_taken_over_once_it_has_been_silent_for_long(string kind)
    {
        await using var bench = await StartAsync(stores, kind);
        var runs = new PullRuns(await bench.OpenAsync());
        var run = await runs.BeginAsync(Pull("@daily"), Night, Token);
        await runs.FreezeAsync(run, [Only], Token);
        await runs.ClaimAsync(run, Station, Worker("dead"), Token);
        bench.Time.Advance(PullRuns.Lease - TimeSpan.FromSeconds(31));
        Assert.Equal(1, await runs.RenewAsync("dead", Token));
        bench.Time.Advance(PullRuns.Lease - TimeSpan.FromSeconds(1));
        Assert.Equal(PullClaim.Busy, await runs.ClaimAsync(run, Station, Worker("b"), Token));
        bench.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(PullClaim.Taken, await runs.ClaimAsync(run, Station, Worker("b"), Token));

        // It was not dead after all: what it says now counts no more.
        Assert.Null(await runs.FinishAsync(run, Station, "dead", new PullTally(5, 5, null), null, Token));
        Assert.Null(Assert.Single(await runs.FindAsync(null, run, null, Token)).Ended);
        await runs.FinishAsync(run, Station, "b", new PullTally(1, 1, null), null, Token);
        Assert.Equal(1, Assert.Single(await runs.FindAsync(null, run, null, Token)).Files);
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task What_a_dead_worker_of_the_same_computer_had_is_free_at_once(string kind)
    {
        await using var bench = await StartAsync(stores, kind);
        var runs = new PullRuns(await bench.OpenAsync());
        var first = await runs.BeginAsync(Pull("@daily"), Night, Token);
        var second = await runs.BeginAsync(Pull("@daily"), Night.AddDays(1), Token);
        await runs.FreezeAsync(first, Fleet[..3], Token);
        await runs.FreezeAsync(second, Fleet[..3], Token);
        await runs.ClaimAsync(first, Devices[0], Worker("dead"), Token);
        await runs.ClaimAsync(first, Devices[1], Worker("alive"), Token);
        await runs.ClaimAsync(first, Devices[2], Worker("dead") with { Computer = "there" }, Token);
        await runs.FreeDeadAsync(second, "here", worker => worker.Id == "alive", Token);
        Assert.Equal(PullClaim.Taken, await runs.ClaimAsync(second, Devices[0], Worker("b"), Token));
        Assert.Equal(PullClaim.Busy, await runs.ClaimAsync(second, Devices[1], Worker("b"), Token));
        Assert.Equal(PullClaim.Busy, await runs.ClaimAsync(second, Devices[2], Worker("b"), Token));
        Assert.Equal(PullClaim.Done, await runs.ClaimAsync(first, Devices[0], Worker("b"), Token));
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task A_run_ends_although_its_last_devices_are_done_at_the_same_moment(string kind)
    {
        await using var bench = await StartAsync(stores, kind);
        var workers = new List<PullRuns>();
        for (var i = 0; i < 4; i++)
        {
            workers.Add(new PullRuns(await bench.OpenAsync()));
        }

        for (var night = 0; night < 10; night++)
        {
            var run = await workers[0].BeginAsync(Pull("@daily"), Night.AddDays(night), Token);
            await workers[0].FreezeAsync(run, Fleet[..4], Token);
            await Task.WhenAll(workers.Select((worker, index) => worker.ClaimAsync(run, Devices[index], Worker($"{index}"), Token)));
            var ends = await Task.WhenAll(workers.Select((worker, index) => Task.Run(() => worker.FinishAsync(run, Devices[index], $"{index}", default, null, Token))));
            Assert.NotNull(Assert.Single(await workers[0].FindAsync(null, run, null, Token)).Ended);
            Assert.Single(ends, end => end!.EndsRun);
        }
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task What_is_asked_again_because_its_answer_was_lost_is_answered_as_before(string kind)
    {
        await using var bench = await StartAsync(stores, kind);
        var runs = new PullRuns(await bench.OpenAsync());
        var run = await runs.QueueAsync(Pull("@daily"), Night, Token);
        Assert.Equal(run, await runs.QueueAsync(Pull("@daily"), Night, Token));
        await runs.FreezeAsync(run, [Only], Token);

        // The bench's clock stands: for the ledger this is one and the same claim.
        Assert.Equal(PullClaim.Taken, await runs.ClaimAsync(run, Station, Worker("a"), Token));
        Assert.Equal(PullClaim.Taken, await runs.ClaimAsync(run, Station, Worker("a"), Token));
        var retry = new PullRetry();
        var end = await runs.FinishAsync(run, Station, "a", new PullTally(1, 10, "away"), retry, Token);
        Assert.Equal(NapterPullDeviceState.Waiting, end!.State);
        var again = await runs.FinishAsync(run, Station, "a", new PullTally(1, 10, "away"), retry, Token);

        // PostgreSQL keeps microseconds.
        Assert.Equal(end.NextTry!.Value, again!.NextTry!.Value, TimeSpan.FromMicroseconds(1));
        Assert.Equal((1, 10), (Assert.Single(await runs.FindAsync(null, run, null, Token)).Files, Assert.Single(await runs.FindAsync(null, run, null, Token)).Bytes));
    }

    [Fact]
    public void Waits_between_attempts_double_up_to_a_limit()
    {
        var retry = new PullRetry { Attempts = 9 };
        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60], Enumerable.Range(1, 8).Select(attempts => retry.WaitAfter(attempts).TotalMinutes));
        Assert.Equal(NapterPullDeviceState.Waiting, PullEnd.Of(new PullTally(0, 0, "x"), 8, retry, Night).State);
        Assert.Equal(NapterPullDeviceState.GivenUp, PullEnd.Of(new PullTally(0, 0, "x"), 9, retry, Night).State);
        Assert.Equal(NapterPullDeviceState.Failed, PullEnd.Of(new PullTally(0, 0, "x", IsFinal: true), 1, retry, Night).State);
        Assert.Equal(NapterPullDeviceState.Failed, PullEnd.Of(new PullTally(0, 0, "x"), 1, null, Night).State);
    }

    private static PullDevice Only { get; } = new(DeviceTarget.FromSimId(Station.Sim), Station, null, Station.Sim, null);

    private static PullWorker Worker(string id) => new(id, "here", 7, Night);
}
