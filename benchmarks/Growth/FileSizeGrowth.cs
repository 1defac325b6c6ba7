using System.Diagnostics;
using NapterFtp.Benchmarks.Measure;
using NapterFtp.Benchmarks.Peers;

namespace NapterFtp.Benchmarks.Growth;

/// <summary>Files of one size, one after the other over one session of the proxy, which keeps the data port between them.</summary>
internal static class FileSizeGrowth
{
    private const double MiB = 1L << 20;

    /// <summary>Bytes; 1 KiB to 1 GiB.</summary>
    private static readonly long[] s_sizes = [1L << 10, 1L << 14, 1L << 18, 1L << 22, 1L << 26, 1L << 30];

    public static async Task RunAsync(Settings settings, Report report)
    {
        await using var arena = await Arena.StartAsync();
        var sizes = s_sizes.Where(size => size <= settings.BulkBytes).ToArray();

        // A process for each size, so that none has the others' buffers; in turn, so that what else the machine does hits all alike.
        var proxies = new Contestant[sizes.Length];
        for (var i = 0; i < sizes.Length; i++)
        {
            proxies[i] = await arena.ProxyAsync(TimeSpan.FromSeconds(60));
        }

        var runs = sizes.Select(_ => new List<Run>()).ToArray();
        for (var run = 0; run <= settings.Runs; run++)
        {
            for (var i = 0; i < sizes.Length; i++)
            {
                var result = Measure(proxies[i], sizes[i], FilesOf(sizes[i], settings));
                Report.Progress($"growth {Label(sizes[i]),-7} {result.Seconds * 1000:F2} ms, CPU {result.Cpu * 1000:F2} ms a file");
                if (run > 0)
                {
                    runs[i].Add(result);
                }
            }
        }

        var medians = runs.Select(own => new Run(
            Statistics.Median(own.Select(run => run.Seconds)),
            Statistics.Median(own.Select(run => run.Cpu)),
            Statistics.Median(own.Select(run => run.PeakMemory)))).ToArray();
        var table = new Table("size", "files", "ms a file", "MB/s", "CPU ms a file", "CPU s/GiB", "peak MiB");
        for (var i = 0; i < sizes.Length; i++)
        {
            var median = medians[i];
            table.Add(
                Label(sizes[i]),
                FilesOf(sizes[i], settings),
                $"{median.Seconds * 1000:F2}",
                $"{sizes[i] / median.Seconds / 1e6:F1}",
                $"{median.Cpu * 1000:F2}",
                $"{median.Cpu * 1024 * MiB / sizes[i]:F2}",
                $"{median.PeakMemory / MiB:F0}");
        }

        report.Add("Growth with file size: proxy, -PortLinger 60s, down", table);
        var plot = new SvgPlot("Time and CPU time of a file, by its size", "size", "ms a file") { LogarithmicUp = true, Label = Label };
        plot.Add("time", sizes.Zip(medians, (size, run) => ((double)size, run.Seconds * 1000)));
        plot.Add("CPU time", sizes.Zip(medians, (size, run) => ((double)size, run.Cpu * 1000)));
        report.Add(plot, "growth-file-size.svg");
    }

    /// <summary>So many that their CPU time can be told from the 10 ms that the system counts in, and no more than is needed.</summary>
    private static int FilesOf(long size, Settings settings) => (int)Math.Min(5 * settings.SmallFiles, settings.BulkBytes / size);

    private static Run Measure(Contestant proxy, long size, int files)
    {
        using var client = proxy.Connect();

        // Opens the port.
        client.Download(1);
        ProcessUsage.ResetPeak(proxy.Process.Id);
        var before = ProcessUsage.Of(proxy.Process.Id);
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < files; i++)
        {
            client.Download(size);
        }

        var seconds = watch.Elapsed.TotalSeconds;

        // What is left to do after the last byte counts as well.
        Thread.Sleep(200);
        var used = ProcessUsage.Of(proxy.Process.Id) - before;
        return new Run(seconds / files, used.Cpu / files, ProcessUsage.PeakMemory(proxy.Process.Id));
    }

    private static string Label(double size) => size switch
    {
        >= 1L << 30 => $"{size / (1L << 30)} GiB",
        >= 1L << 20 => $"{size / (1L << 20)} MiB",
        _ => $"{size / (1L << 10)} KiB",
    };

    /// <param name="Seconds">Of a file, by the wall clock.</param>
    /// <param name="Cpu">CPU-seconds of a file.</param>
    /// <param name="PeakMemory">Bytes.</param>
    private sealed record Run(double Seconds, double Cpu, double PeakMemory);
}
