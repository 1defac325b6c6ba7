using NapterFtp.Benchmarks.Measure;
using NapterFtp.Benchmarks.Peers;

namespace NapterFtp.Benchmarks.Bulk;

/// <summary>The same data over more and more connections at once. Through the tunnel: what limits many FTP transfers that begin at
/// the same time is the rate at which the API may be called.</summary>
internal static class ManyBenchmark
{
    private static readonly int[] s_connections = [1, 8, 64, 256];

    public static async Task RunAsync(Settings settings, Report report)
    {
        await using var arena = await Arena.StartAsync();
        Contestant[] contestants = [await arena.TunnelAsync(), await arena.HaproxyAsync()];
        var runs = s_connections.ToDictionary(connections => connections, _ => contestants.Select(_ => new List<BulkRun>()).ToArray());
        for (var run = 0; run <= settings.Runs; run++)
        {
            foreach (var connections in s_connections)
            {
                for (var i = 0; i < contestants.Length; i++)
                {
                    var result = BulkRun.Measure(contestants[i], upload: false, settings.BulkBytes, connections, connected: true);
                    Report.Progress($"{connections,3} {contestants[i].Name,-18} {result.CpuPerGiB:F2} s/GiB, {result.BytesPerSecond / 1e6:F0} MB/s");
                    if (run > 0)
                    {
                        runs[connections][i].Add(result);
                    }
                }
            }
        }

        var table = new Table("relay", "connections", "CPU s/GiB", "MB/s", "× one connection", "× HAProxy", "first byte ms", "peak MiB");
        for (var i = 0; i < contestants.Length; i++)
        {
            foreach (var connections in s_connections)
            {
                var own = runs[connections][i];
                var median = BulkRun.Median(own);
                table.Add(
                    contestants[i].Name,
                    connections,
                    $"{median.CpuPerGiB:F2}",
                    $"{median.BytesPerSecond / 1e6:F0}",
                    Statistics.MedianRatio(own, runs[1][i], run => run.BytesPerSecond),
                    Statistics.MedianRatio(own, runs[connections][^1], run => run.BytesPerSecond),
                    $"{median.FirstByte * 1000:F1}",
                    $"{median.PeakMemory / 1048576.0:F0}");
            }
        }

        report.Add("Many connections, down", table);
        Draw("CPU time, by connections", "CPU-seconds per GiB", run => run.CpuPerGiB, "connections-cpu.svg");
        Draw("Throughput, by connections", "MB/s", run => run.BytesPerSecond / 1e6, "connections-throughput.svg");
        Draw("First byte, by connections that are made at once", "ms", run => run.FirstByte * 1000, "connections-first-byte.svg");

        void Draw(string title, string up, Func<BulkRun, double> figure, string file)
        {
            var plot = new SvgPlot(title, "connections", up);
            for (var i = 0; i < contestants.Length; i++)
            {
                var own = i;
                plot.Add(contestants[i].Name, s_connections.Select(connections => ((double)connections, figure(BulkRun.Median(runs[connections][own])))));
            }

            report.Add(plot, file);
        }
    }
}
