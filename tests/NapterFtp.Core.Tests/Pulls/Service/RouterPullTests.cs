using NapterFtp.Copy;
using NapterFtp.Core.Tests.Copy;
using NapterFtp.Core.Tests.Routers;
using NapterFtp.Pulls;
using NapterFtp.Pulls.Service;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Pulls.Service;

/// <summary>A schedule for a device behind a real router, which is told what to forward.</summary>
public sealed class RouterPullTests(Stores stores)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task In_this_process_and_by_a_service_it_goes_through_the_router_and_the_history_is_that_of_copies_through_it()
    {
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions());
        using var folder = new ScratchFolder();
        await File.WriteAllTextAsync(Path.Combine(bench.Lab.Root(0), "log.csv"), "of the device", Token);
        await using var store = await PullStore.OpenAsync(new StoreOptions { Address = await stores.NewAsync(Stores.Sqlite) }, Token);
        var owner = new HistoryOwnerOptions { Folder = folder.File("owners"), Computer = "here" };
        var pull = (await new PullSchedules(store).RegisterAsync([Schedule(bench, folder)], replace: false, Token))[0];
        var runner = new PullRunner(store, bench.Connection, owner);

        // A copy by hand first: the schedule then has nothing to do.
        using (var history = new PullHistory(store, owner, PullOrigin.ByHand))
        {
            var log = new CopyLog();
            await using var client = DeviceClient.Create(bench.Connection, bench.Sim, 21, RouterBench.Client(bench.Router()));
            await DeviceCopy.RunAsync(client, new CopyOptions { Paths = ["/log.csv"], Destination = folder.Folder("by-hand"), History = history, Retry = RetryPolicy.None }, log, Token);
            Assert.Empty(log.Errors);
        }

        Assert.Equal((1, 0, 0), await RunHereAsync(1));
        await File.WriteAllTextAsync(Path.Combine(bench.Lab.Root(0), "more.csv"), "more of it", Token);
        Assert.Equal((1, 0, 1), await RunHereAsync(2));
        await File.WriteAllTextAsync(Path.Combine(bench.Lab.Root(0), "last.csv"), "the last of it", Token);

        var run = await RunServedAsync(bench, store, folder, pull, LogIn(bench, RouterLab.Password));
        Assert.Equal((1, 0, 1), (run.Done, run.Failed, run.Files));
        Assert.Equal("more of it", await File.ReadAllTextAsync(Path.Combine(folder.Folder("in"), "more.csv"), Token));
        Assert.Equal("the last of it", await File.ReadAllTextAsync(Path.Combine(folder.Folder("in"), "last.csv"), Token));
        Assert.False(File.Exists(Path.Combine(folder.Folder("in"), "log.csv")));

        var refused = await RunServedAsync(bench, store, folder, pull, LogIn(bench, "wrong"));
        Assert.Contains("does not let 'root' in", Assert.Single(await new PullQueue(store).FindDevicesAsync(refused.Id, Token)).Error!, StringComparison.Ordinal);
        await bench.Connection.DisconnectAsync();
        Assert.Equal(bench.Before, await bench.Lab.RulesAsync());

        async Task<(int Done, int Failed, long Files)> RunHereAsync(int minute)
        {
            var ended = await runner.RunAsync(
                pull with { Router = PullRouter.LogIn(pull.Router!, LogIn(bench, RouterLab.Password)) }, DateTimeOffset.UnixEpoch.AddMinutes(minute), DeviceLogin, limit: 1, _ => new CopyLog(), Token);
            return (ended.Done, ended.Failed, ended.Files);
        }
    }

    private static FtpLogin DeviceLogin => new("root", new System.Net.NetworkCredential("", "any").SecurePassword);

    private static FtpLogin LogIn(RouterBench bench, string password) => new(bench.Router().UserName, RouterBench.ByPassword(password).Password!);

    private static NapterPull Schedule(RouterBench bench, ScratchFolder folder) => new()
    {
        Name = "a",
        Router = PullRouter.WithoutSecrets(bench.Router(login: RouterBench.ByPassword())),
        RouterCredentialName = "router",
        Path = ["/*.csv"],
        Destination = folder.Folder("in"),
        Cron = "30 2 29 2 *",
        Retry = 0,
    };

    private static async Task<NapterPullRun> RunServedAsync(RouterBench bench, PullStore store, ScratchFolder folder, NapterPull pull, FtpLogin login)
    {
        await using var connection = await bench.ConnectAsync();
        var options = ServiceBench.OptionsOf(store.Address.Path!, connection, folder, "one") with
        {
            FindLogin = (_, _) => ValueTask.FromResult(DeviceLogin),
            FindRouter = (found, _) => ValueTask.FromResult<NapterRouter?>(PullRouter.LogIn(found.Router!, login)),
            Retry = new PullRetry { Attempts = 1 },
        };
        await using (await PullService.StartAsync(options, Token))
        {
            var runs = new PullRuns(store);
            var id = await runs.QueueAsync(pull, DateTimeOffset.UtcNow, Token);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
            limit.CancelAfter(TimeSpan.FromMinutes(2));
            NapterPullRun run;
            while ((run = (await runs.FindAsync(null, id, null, limit.Token))[0]).Ended is null)
            {
                await Task.Delay(50, limit.Token);
            }

            return run;
        }
    }
}
