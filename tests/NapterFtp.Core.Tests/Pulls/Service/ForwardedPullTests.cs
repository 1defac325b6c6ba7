using NapterFtp.Copy;
using NapterFtp.Core.Tests.EndToEnd;
using NapterFtp.Pulls;
using NapterFtp.Pulls.Service;

namespace NapterFtp.Core.Tests.Pulls.Service;

/// <summary>Schedules for two devices behind one router, which have one SIM.</summary>
public sealed class ForwardedPullTests(Stores stores)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_in_this_process_two_schedules_bring_the_files_of_both_and_the_history_tells_them_apart()
    {
        await using var bench = await ForwardedBench.StartAsync();
        await using var store = await OpenAsync();
        var runner = new PullRunner(store, bench.Connection, Owner(bench));
        foreach (var pull in await RegisterAsync(bench, store))
        {
            // The second time there is nothing new; what the other device had under the same name does not count.
            Assert.Equal(1, (await RunAsync(pull, 0)).Files);
            Assert.Equal(0, (await RunAsync(pull, 1)).Files);
        }

        await AssertBothAsync(bench, store);

        Task<NapterPullRun> RunAsync(NapterPull pull, int minute) => runner.RunAsync(
            pull, DateTimeOffset.UnixEpoch.AddMinutes(minute), FtpLogin.Anonymous, limit: 1, _ => new Sink(), Token);
    }

    [Fact]
    public async Task A_service_brings_the_files_of_both()
    {
        await using var bench = await ForwardedBench.StartAsync();
        await using var store = await OpenAsync();
        var options = ServiceBench.OptionsOf(store.Address.Path!, bench.Connection, bench.Folder("state"), "one") with { Observer = new Heard() };
        await using (await PullService.StartAsync(options, Token))
        {
            var runs = new PullRuns(store);
            var queued = new List<long>();
            foreach (var pull in await RegisterAsync(bench, store))
            {
                queued.Add(await runs.QueueAsync(pull, DateTimeOffset.UtcNow, Token));
            }

            using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
            limit.CancelAfter(TimeSpan.FromMinutes(2));
            while ((await runs.FindAsync(null, null, null, limit.Token)).Count(run => run.Ended is not null) < queued.Count)
            {
                await Task.Delay(50, limit.Token);
            }
        }

        await AssertBothAsync(bench, store);
    }

    private static async Task AssertBothAsync(ForwardedBench bench, PullStore store)
    {
        Assert.Equal("of a", await File.ReadAllTextAsync(Path.Combine(bench.Folder("in-a"), "log.csv"), Token));
        Assert.Equal("of b", await File.ReadAllTextAsync(Path.Combine(bench.Folder("in-b"), "log.csv"), Token));
        var records = new List<NapterPullHistory>();
        await foreach (var record in new HistoryQuery().ReadAsync(store, Token))
        {
            records.Add(record);
        }

        Assert.All(records, record => Assert.Equal(("/log.csv", NapterPullOutcome.Copied), (record.Path, record.Outcome)));
        Assert.Equal(
            new[] { ("a", bench.A.Control), ("b", bench.B.Control) }.Order(),
            records.Select(record => (record.Pull!, record.DevicePort)).Order());
        Assert.Single(records.Select(record => record.SimId ?? record.Imsi).Distinct());
    }

    private static async Task<IReadOnlyList<NapterPull>> RegisterAsync(ForwardedBench bench, PullStore store)
    {
        var pulls = new List<NapterPull>();
        foreach (var (name, device) in new[] { ("a", bench.A), ("b", bench.B) })
        {
            // Alike in all that a history compares, but for the device.
            var path = Path.Combine(bench.Folder(name), "log.csv");
            await File.WriteAllTextAsync(path, $"of {name}", Token);
            File.SetLastWriteTimeUtc(path, new DateTime(2026, 1, 2, 0, 0, 0, DateTimeKind.Utc));
            pulls.Add(new NapterPull
            {
                Name = name, Imsi = [bench.Sim.Imsi!], DevicePort = 21, DevicePortMap = [device.Map.ToString()], Path = ["/*.csv"], Destination = bench.Folder($"in-{name}"),
                Cron = "30 2 29 2 *", Retry = 0,
            });
        }

        return await new PullSchedules(store).RegisterAsync(pulls, replace: false, Token);
    }

    private static HistoryOwnerOptions Owner(ForwardedBench bench) => new() { Folder = Path.Combine(bench.Folder("state"), "owners"), Computer = "here" };

    private async Task<PullStore> OpenAsync() =>
        await PullStore.OpenAsync(new StoreOptions { Address = await stores.NewAsync(Stores.Sqlite) }, Token);

    private sealed class Sink : ICopySink
    {
        public void Done(NapterFtpTransfer transfer)
        {
        }

        public void Failed(NapterFtpException error) => Assert.Fail(error.Message);

        public void Progressed(CopyProgress progress)
        {
        }

        public ValueTask<bool> ApproveAsync(string action, string target, CancellationToken cancellationToken) => ValueTask.FromResult(true);
    }
}
