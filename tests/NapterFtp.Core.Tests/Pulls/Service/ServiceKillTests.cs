using System.Diagnostics;
using System.Globalization;
using NapterFtp.Core.Tests.Relay;
using NapterFtp.Pulls;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Pulls.Service;

/// <summary>Members of a service whose processes are killed in the middle, as by a power cut or <c>kill -9</c>.</summary>
public sealed class ServiceKillTests(Stores stores)
{
    private static readonly int Devices = Campaign.Count("SERVICE_DEVICES", usual: 80, full: 1000);

    /// <summary>More of them where there is more to do.</summary>
    private static readonly string[] Members = Devices < 1000 ? ["one", "two", "three"] : ["one", "two", "three", "four"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_file_comes_once_although_two_members_are_killed_and_the_database_is_restarted()
    {
        // A server of its own, for it is restarted.
        await stores.ServerAsync();
        await using var server = await Postgres.StartAsync();
        await using var bench = await ServiceBench.StartAsync(await server.CreateDatabaseAsync(), Devices);
        var run = await QueueAsync(bench);
        var members = new List<Process>();
        try
        {
            foreach (var name in Members)
            {
                members.Add(await ServiceWorker.StartAsync(bench, name));
            }

            await using var memory = new MemoryWatch(members[^1]);

            await DoneAsync(bench, run, Devices / 5);
            await KillAsync(members[0]);
            await DoneAsync(bench, run, Devices * 2 / 5);
            await server.KillAsync();
            await server.RestartAsync();
            await DoneAsync(bench, run, Devices * 3 / 5);
            await KillAsync(members[1]);
            await EndOfAsync(bench, run);
            await Task.WhenAll(members[2..].Select(EndAsync));
        }
        finally
        {
            members.ForEach(member => member.Kill());
        }

        await AssertOnceAsync(bench, run);
    }

    [Fact]
    public async Task Each_file_comes_once_although_the_one_service_of_a_file_is_killed()
    {
        await using var bench = await ServiceBench.StartAsync(stores, Stores.Sqlite, Devices);
        var run = await QueueAsync(bench);
        for (var life = 1; life <= 2; life++)
        {
            using var member = await ServiceWorker.StartAsync(bench, "one");
            try
            {
                if (life == 2)
                {
                    await EndOfAsync(bench, run);
                    await EndAsync(member);
                }
                else
                {
                    await DoneAsync(bench, run, Devices / 2);
                }
            }
            finally
            {
                await KillAsync(member);
            }
        }

        await AssertOnceAsync(bench, run);
    }

    private static async Task<long> QueueAsync(ServiceBench bench)
    {
        var pull = await bench.RegisterAsync(bench.Pull() with { Imsi = [], NameFilter = ["*"] });
        return await new PullRuns(await bench.OpenAsync()).QueueAsync(pull, DateTimeOffset.UtcNow, Token);
    }

    private static Task<long> DoneAsync(ServiceBench bench, long run, int devices) => bench.UntilAsync(
        _ => bench.CountAsync(string.Create(CultureInfo.InvariantCulture, $"select count(*) from napter_run_device where run = {run} and state = 'Done'")), done => done >= devices);

    /// <summary>The run has ended, and the page about it is written.</summary>
    private static async Task EndOfAsync(ServiceBench bench, long run)
    {
        await bench.EndOfAsync(run);
        var reports = bench.Folder.File(ServiceWorker.Reports);
        await bench.UntilAsync(_ => Task.FromResult(Directory.Exists(reports) ? Directory.GetFiles(reports).Length : 0), pages => pages > 0);
    }

    private static async Task KillAsync(Process member)
    {
        member.Kill();
        await member.WaitForExitAsync(Token);
    }

    private static async Task EndAsync(Process member)
    {
        member.StandardInput.Close();
        Assert.Equal("", await member.StandardError.ReadToEndAsync(Token));
        await member.WaitForExitAsync(Token);
    }

    private static async Task AssertOnceAsync(ServiceBench bench, long run)
    {
        var told = (await new PullRuns(await bench.OpenAsync()).FindAsync(null, run, null, Token))[0];
        Assert.Equal((Devices, Devices, 0), (told.Devices, told.Done, told.Failed));
        Assert.Equal(1, await bench.CountAsync("select count(*) from napter_run"));
        var files = bench.Expected.Count;
        Assert.Equal(bench.Expected, bench.Arrived());
        Assert.Equal(files, await bench.CountAsync("select count(*) from napter_file where outcome = 'Copied'"));
        Assert.Equal(files, await bench.CountAsync("select count(*) from (select distinct sim, path, length from napter_file where outcome = 'Copied') as once"));
        Assert.Equal(0, await bench.CountAsync("select count(*) from napter_file where outcome = 'Intended'"));

        // One page about it, whoever wrote it; and however many members ask SORACOM, none asks too much.
        Assert.Single(Directory.GetFiles(bench.Folder.File(ServiceWorker.Reports)));
        Assert.False(File.Exists(bench.Folder.File(ServiceWorker.Refusals)));

        // What the killed ones had open the next start closes, as Remove-NapterPort -Orphaned does.
        await using var connection = await ServiceBench.ConnectAsync(
            bench.Simulator.ApiEndPoint, bench.Simulator.TrustedRootPath, bench.Simulator.AuthKeyId, bench.Simulator.AuthKey, bench.Folder);
        await connection.CloseOrphansAsync(Token);
        await ProxyBench.UntilAsync(() => bench.Simulator.Counters.LiveEntries == 0);
    }
}
