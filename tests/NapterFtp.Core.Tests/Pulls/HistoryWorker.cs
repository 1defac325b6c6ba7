using System.Diagnostics;
using NapterFtp.Copy;
using NapterFtp.Pulls;

namespace NapterFtp.Core.Tests.Pulls;

/// <summary>A process that brings files as a pull does, so that it can be killed: this program itself, told by a variable of the environment
/// to be that instead.</summary>
internal static class HistoryWorker
{
    private const string Variable = "NAPTERFTP_TEST_HISTORY_WORKER";

    /// <summary>How many files there are to bring.</summary>
    public const int Files = 100;

    /// <summary>Starts one.</summary>
    /// <param name="store">The store.</param>
    /// <param name="folder">Where it works: <c>part</c>, <c>in</c> and <c>away</c>.</param>
    public static Process Start(string store, string folder) => Start(Variable, store, folder);

    /// <summary>Does what the variable says, in place of the program.</summary>
    public static void Run() => Run(Variable, parts => RunAsync(parts[0], parts[1]));

    /// <summary>Starts this program as something else.</summary>
    /// <param name="variable">Says as what.</param>
    /// <param name="parts">What it is told.</param>
    public static Process Start(string variable, params string[] parts) => Process.Start(new ProcessStartInfo("dotnet", ["exec", typeof(HistoryWorker).Assembly.Location])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        Environment = { ["DOTNET_STARTUP_HOOKS"] = typeof(HistoryWorker).Assembly.Location, [variable] = string.Join('\n', parts) },
    })!;

    /// <summary>Is something else than this program where a variable says so.</summary>
    public static void Run(string variable, Func<string[], Task> work)
    {
        if (Environment.GetEnvironmentVariable(variable) is { } given)
        {
            var parts = given.Split('\n');
            _ = Task.Run(async () =>
            {
                try
                {
                    await work(parts);
                    Environment.Exit(0);
                }
                catch (Exception e)
                {
                    await Console.Error.WriteLineAsync(e.ToString());
                    Environment.Exit(1);
                }
            });

            // The program itself is not to begin.
            Thread.Sleep(Timeout.Infinite);
        }
    }

    private static async Task RunAsync(string address, string folder)
    {
        await using var store = await PullStore.OpenAsync(new StoreOptions { Address = Stores.AddressOf(address) }, CancellationToken.None);
        using var history = new PullHistory(store, new HistoryOwnerOptions { Folder = Path.Combine(folder, "owners"), Computer = "here" }, PullOrigin.ByHand);
        var versions = Enumerable.Range(0, Files).Select(number => HistoryBench.Version($"/{number}.csv")).ToList();
        var known = await history.FindAsync(HistoryBench.Station, versions, CancellationToken.None);
        foreach (var version in versions.Where(version => !known.Contains(version)))
        {
            var name = version.Path[1..];
            var arrival = new FileArrival(HistoryBench.Station, version, Path.Combine(folder, "part", name), Path.Combine(folder, "in", name), null);
            await File.WriteAllTextAsync(arrival.PartialPath, "hello");
            var intent = await history.IntendAsync(arrival, CancellationToken.None);
            File.Move(arrival.PartialPath, arrival.Destination);

            // Somebody takes each file away as soon as it is there: a second one of the same name was brought twice.
            File.Move(arrival.Destination, Path.Combine(folder, "away", name), overwrite: false);
            await history.SettleAsync(intent, HistoryBench.Result(version.Path, arrival.Destination, NapterFtpTransferStatus.Copied), CancellationToken.None);
            await Console.Out.WriteLineAsync(name);
        }

        await Console.Out.WriteLineAsync("done");
    }
}
