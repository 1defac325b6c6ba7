using NapterFtp.Pulls;
using NapterFtp.Pulls.Service;

namespace NapterFtp.Core.Tests.Pulls.Service;

public sealed class PullDispatcherTests(Stores stores)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task A_look_at_what_has_changed_reads_as_much_with_a_hundred_open_runs_as_with_one(string kind)
    {
        await using var bench = await ServiceBench.StartAsync(stores, kind, devices: 1);
        var pull = await bench.RegisterAsync(bench.Pull());
        await using var member = await MemberAsync(bench);
        await OpenRunsAsync(1);
        var one = await ReadAsync();
        await OpenRunsAsync(99);
        Assert.Equal(one, await ReadAsync());

        // What is asked for is seen all the same.
        var asked = await new PullRuns(member.Store).QueueAsync(pull, DateTimeOffset.UtcNow, Token);
        await member.Dispatcher.LookAsync(Token);
        Assert.Equal(1, await bench.CountAsync($"select count(*) from QRTZ_TRIGGERS where TRIGGER_NAME = 'run {asked}'"));

        async Task OpenRunsAsync(int count)
        {
            var runs = new PullRuns(member.Store);
            for (var i = 0; i < count; i++)
            {
                await runs.QueueAsync(pull, DateTimeOffset.UtcNow, Token);
            }

            await member.Store.WriteAsync(session => session.ExecuteAsync("update napter_run set state = 'Running'", [], Token), Token);
        }

        async Task<long> ReadAsync()
        {
            await member.Dispatcher.LookAsync(Token);
            var before = member.Store.RowsRead;
            await member.Dispatcher.LookAsync(Token);
            return member.Store.RowsRead - before;
        }
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task A_schedule_goes_on_where_the_clock_was_years_ahead_and_is_set_right(string kind)
    {
        await using var bench = await ServiceBench.StartAsync(stores, kind, devices: 1);
        var pull = await bench.RegisterAsync(bench.Pull() with { Cron = "* * * * *" });
        var key = PullSchedules.KeyOf(pull.Name);
        await using var member = await MemberAsync(bench);
        var wrong = DateTimeOffset.UtcNow.AddYears(4);
        var early = await new PullRuns(member.Store).QueueAsync(pull, wrong, Token);
        await member.Engine.SetTimeAsync(key, pull.Revision, wrong, Token);

        await member.Dispatcher.SweepAsync(Token);
        Assert.InRange((await member.Engine.FindTimeAsync(key, Token))!.Value, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(2));
        await member.Dispatcher.KeepTimeAsync(key, Token);
        Assert.Equal(1, await bench.CountAsync($"select count(*) from napter_run where id > {early}"));
    }

    private static async Task<Member> MemberAsync(ServiceBench bench)
    {
        var simulator = bench.Simulator;
        var connection = await ServiceBench.ConnectAsync(simulator.ApiEndPoint, simulator.TrustedRootPath, simulator.AuthKeyId, simulator.AuthKey, bench.Folder);
        var options = ServiceBench.OptionsOf(bench.StoreText, connection, bench.Folder, "one");
        var store = await PullStore.OpenAsync(options.Store, Token);
        var life = new HistoryOwner(options.Owner);
        life.Begin();
        var dispatcher = new PullDispatcher(options, store, life, CancellationToken.None);
        var engine = await PullEngine.CreateAsync(store, new PullMember(PullWorker.Of(life), "one", DateTimeOffset.UtcNow, 1), options.Pace, dispatcher, Token);
        dispatcher.Use(engine);
        return new Member(dispatcher, store, engine, life, connection);
    }

    /// <summary>A member whose engine fires nothing and that does nothing by itself.</summary>
    private sealed record Member(PullDispatcher Dispatcher, PullStore Store, PullEngine Engine, HistoryOwner Life, NapterConnection Connection) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Engine.DisposeAsync();
            Life.Dispose();
            await Store.DisposeAsync();
            await Connection.DisposeAsync();
        }
    }
}
