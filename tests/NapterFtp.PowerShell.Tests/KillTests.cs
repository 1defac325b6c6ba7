using System.Collections.Concurrent;
using System.Text.Json;
using NapterFtp.Testing;

namespace NapterFtp.PowerShell.Tests;

/// <summary>The process is killed in the middle of its work, as by a power cut or <c>kill -9</c>.</summary>
public sealed class KillTests
{
    private const int MostAtATime = 4;

    private const int MostStarts = 12;

    private static readonly int Kills = Campaign.Count("KILLS", usual: 4, full: 50);

    /// <summary>A kill between two files shows nothing of the files, one before a port is open nothing of the ports.</summary>
    private static readonly int LeastMidway = Kills / 2;

    [Fact]
    public async Task Killed_copies_leave_no_truncated_file_and_no_port_and_touch_no_other_processs_ports()
    {
        using var bench = new KillBench(workers: int.Clamp(Kills / 2, 1, MostAtATime));
        using var bystander = await KillBystander.StartAsync(bench);

        var runs = new ConcurrentQueue<int>(Enumerable.Range(0, Kills));
        var found = await Task.WhenAll(bench.Workers.Select(worker => WorkAsync(bench, worker, runs, bystander)));

        var (midway, ports) = (found.Sum(worker => worker.Midway), found.Sum(worker => worker.Ports));
        TestContext.Current.SendDiagnosticMessage(
            $"{midway} of {Kills} kills came in the middle of a file; the dead processes left {ports} ports, all closed by the next start.");
        Assert.InRange(midway, LeastMidway, Kills);
        Assert.True(ports >= LeastMidway, $"The dead processes left {ports} ports only.");
        await bystander.AssertUntouchedAsync();
        await bystander.EndAsync();
        Assert.Empty(bench.OpenPorts());

        // Of two processes that look through the journals at once one may leave an empty one, and one that ends on a busy computer
        // does not wait long, each to whoever starts next.
        for (var starts = 0; starts < MostStarts && (starts == 0 || JournalsLeft(bench).Count > 0); starts++)
        {
            bench.Workers[0].PutOldFiles();
            await CopyAsync(bench.Workers[0], () => Task.CompletedTask);
        }

        var journals = JournalsLeft(bench);
        Assert.True(journals.Count == 0, string.Join('\n', journals.Select(path => $"{path}: {File.ReadAllText(path)}")));
        Assert.Empty(bench.OpenPorts());
    }

    /// <summary>The journals that no longer have a reason to be there.</summary>
    private static List<string> JournalsLeft(KillBench bench) =>
        [.. Directory.GetFiles(bench.JournalFolder).Where(path => !HasOnlyUnanswered(File.ReadLines(path)))];

    /// <summary>Whether a journal stands for calls alone that a kill left without an answer: these may take effect for minutes yet, and none has
    /// so far.</summary>
    private static bool HasOnlyUnanswered(IEnumerable<string> lines)
    {
        var (calls, answered) = (new HashSet<long>(), new HashSet<long>());
        foreach (var line in lines.Where(line => line.EndsWith('}')))
        {
            using var json = JsonDocument.Parse(line);
            var of = json.RootElement.TryGetProperty("n", out var number) ? number.GetInt64() : 0;
            switch (json.RootElement.GetProperty("is").GetString())
            {
                case "opening":
                    calls.Add(of);
                    break;
                case "open":
                    answered.Add(of);
                    break;
                case "closed":
                    calls.Remove(of);
                    answered.Remove(of);
                    break;
            }
        }

        return calls.Count > 0 && answered.Count == 0;
    }

    /// <returns>How many kills came in the middle of a file, and how many ports the dead processes left.</returns>
    private static async Task<(int Midway, int Ports)> WorkAsync(
        KillBench bench, KillWorker worker, ConcurrentQueue<int> runs, KillBystander bystander)
    {
        var (midway, ports) = (0, 0);
        var left = new HashSet<string>();
        while (runs.TryDequeue(out var run))
        {
            worker.PutOldFiles();

            // Every other one in a push.
            using var process = worker.Start(run % 2 == 1 ? ["-PushFirst"] : []);
            await KillWorker.UntilAsync(() => worker.Partials().Count > 0 || process.HasExited, $"Run {run} did not begin.");

            // Every third is killed while it may still be closing what the one before left.
            if (run % 3 > 0)
            {
                await AssertClosedAsync(bench, worker, left);
            }

            // The moment is random, of three in four within a file.
            await Task.Delay(Random.Shared.Next(700), TestContext.Current.CancellationToken);
            if (run % 4 > 0)
            {
                await KillWorker.UntilAsync(() => worker.Partials().Count > 0 || process.HasExited, $"Run {run} did not go on.");
            }

            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);

            var partials = worker.Partials();
            midway += partials.Count > 0 ? 1 : 0;
            partials.ForEach(File.Delete);
            worker.AssertOldOrNew(run);
            var open = bench.OpenPorts(worker.Imsi).Except(bystander.Ports).ToList();
            ports += open.Except(left).Count();
            left.UnionWith(open);
        }

        worker.PutOldFiles();
        await CopyAsync(worker, () => AssertClosedAsync(bench, worker, left));
        worker.AssertNew();
        return (midway, ports);
    }

    /// <summary>Runs a process to its good end.</summary>
    private static async Task CopyAsync(KillWorker worker, Func<Task> copied)
    {
        using var last = worker.Start("-Once");
        var output = new List<string?>();
        do
        {
            output.Add(await last.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        }
        while (output[^1] is not ("copied" or null));

        Assert.Equal(["copied"], output);
        await copied();
        last.StandardInput.Close();
        Assert.Equal(string.Empty, await last.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await last.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    private static async Task AssertClosedAsync(KillBench bench, KillWorker worker, HashSet<string> left)
    {
        await KillWorker.UntilAsync(
            () => !left.Overlaps(bench.OpenPorts(worker.Imsi)), "The next start did not close what the killed process left open.");
        left.Clear();
    }
}
