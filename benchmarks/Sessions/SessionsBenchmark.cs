using System.Diagnostics;
using NapterFtp.Benchmarks.Clients;
using NapterFtp.Benchmarks.Measure;
using NapterFtp.Benchmarks.Peers;

namespace NapterFtp.Benchmarks.Sessions;

/// <summary>Many sessions through one proxy: what an idle one costs, and how soon data comes while all transfer.</summary>
internal static class SessionsBenchmark
{
    private const int Busy = 300;

    /// <summary>Bytes of each file.</summary>
    private const long Length = 256 * 1024;

    /// <summary>Transfers of each busy session that count.</summary>
    private const int Transfers = 5;

    private static readonly int[] s_idle = [0, 250, 500, 1000];

    public static async Task RunAsync(Settings settings, Report report)
    {
        await using var arena = await Arena.StartAsync();
        await MeasureIdleAsync(await arena.ProxyAsync(), report);
        MeasureBusy(await arena.ProxyAsync(TimeSpan.FromMinutes(10)), report);
    }

    private static async Task MeasureIdleAsync(Contestant proxy, Report report)
    {
        var table = new Table("idle sessions", "memory MiB", "KiB a session", "threads", "CPU ms a second");
        var clients = new List<IBulkClient>();
        var memory = new List<double>();
        foreach (var count in s_idle)
        {
            while (clients.Count < count)
            {
                clients.Add(proxy.Connect());
            }

            // Until what logging in has left behind is collected, or no more can be expected.
            await Task.Delay(TimeSpan.FromSeconds(5));
            var before = ProcessUsage.Of(proxy.Process.Id);
            await Task.Delay(TimeSpan.FromSeconds(5));
            var used = (ProcessUsage.Of(proxy.Process.Id) - before).Cpu;
            memory.Add(ProcessUsage.Memory(proxy.Process.Id));
            table.Add(
                count,
                $"{memory[^1] / 1048576:F0}",
                count == 0 ? "" : $"{(memory[^1] - memory[0]) / 1024 / count:F0}",
                ProcessUsage.Threads(proxy.Process.Id),
                $"{used / 5 * 1000:F0}");
            Report.Progress($"sessions {count,5} idle, {memory[^1] / 1048576:F0} MiB");
        }

        clients.ForEach(client => client.Dispose());
        report.Add("Idle sessions", table);
        var plot = new SvgPlot("Memory of the relaying process, by idle sessions", "idle sessions", "MiB");
        plot.Add("NapterFtp proxy", s_idle.Zip(memory).Skip(1).Select(pair => ((double)pair.First, pair.Second / 1048576)));
        report.Add(plot, "sessions-memory.svg");
    }

    private static void MeasureBusy(Contestant proxy, Report report)
    {
        var idle = ProcessUsage.Memory(proxy.Process.Id);
        var clients = new IBulkClient[Busy];
        var firstBytes = new List<double>();

        // One transfer each opens its port, which is kept; SORACOM's API is called at a limited rate, so these go one after the other.
        for (var i = 0; i < Busy; i++)
        {
            clients[i] = proxy.Connect();
            clients[i].Download(1);
        }

        Report.Progress($"sessions {Busy} ready");
        ProcessUsage.ResetPeak(proxy.Process.Id);
        var before = ProcessUsage.Of(proxy.Process.Id);
        var watch = Stopwatch.StartNew();
        Exception? failure = null;
        var threads = clients.Select(client => new Thread(
            () =>
            {
                try
                {
                    for (var i = 0; i < Transfers; i++)
                    {
                        var transfer = client.Download(Length);
                        lock (firstBytes)
                        {
                            firstBytes.Add(transfer.FirstByte);
                        }
                    }
                }
                catch (Exception e)
                {
                    failure = e;
                }
            },
            512 * 1024)).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        if (failure is not null)
        {
            throw new InvalidOperationException($"A busy session failed: {failure.Message}", failure);
        }

        var seconds = watch.Elapsed.TotalSeconds;
        var used = (ProcessUsage.Of(proxy.Process.Id) - before).Cpu;
        var table = new Table("busy sessions", "transfers", "MB/s", "transfers a second", "first byte p50 ms", "p99 ms", "CPU ms a transfer", "KiB a session", "threads");
        table.Add(
            Busy,
            firstBytes.Count,
            $"{firstBytes.Count * Length / seconds / 1e6:F0}",
            $"{firstBytes.Count / seconds:F0}",
            $"{Statistics.Median(firstBytes) * 1000:F0}",
            $"{Statistics.Percentile(firstBytes, 0.99) * 1000:F0}",
            $"{used / firstBytes.Count * 1000:F1}",
            $"{(ProcessUsage.PeakMemory(proxy.Process.Id) - idle) / 1024.0 / Busy:F0}",
            ProcessUsage.Threads(proxy.Process.Id));
        Array.ForEach(clients, client => client.Dispose());
        report.Add($"{Busy} sessions that transfer {Length / 1024} KiB each, again and again", table);
    }
}
