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
