using NapterFtp.Benchmarks.Measure;
using NapterFtp.Benchmarks.Peers;

namespace NapterFtp.Benchmarks.Bulk;

/// <summary>One client, one connection, much data, in each direction, through this relay and its peers.</summary>
internal static class BulkBenchmark
{
    private const string Yardstick = "HAProxy";

    public static async Task RunAsync(Settings settings, Report report)
    {
        await using var arena = await Arena.StartAsync();
        Contestant[] needed = [await arena.ProxyAsync(), await arena.TunnelAsync(), await arena.HaproxyAsync()];
        Contestant[] contestants = [.. needed, await arena.StunnelAsync(), await arena.SocatAsync(), await arena.ModProxyAsync()];
        foreach (var upload in new[] { false, true })
        {
            // In turn, run by run, so that a machine that others use as well disturbs all alike. The first run warms up.
            var runs = contestants.ToDictionary(contestant => contestant, _ => new List<BulkRun?>());
            for (var run = 0; run <= settings.Runs; run++)
            {
                foreach (var contestant in contestants)
                {
                    var result = Measure(contestant, upload, settings.BulkBytes, mayFail: !needed.Contains(contestant));
                    if (run > 0)
                    {
                        runs[contestant].Add(result);
                    }
                }
            }

            report.Add(upload ? "Bulk, up" : "Bulk, down", MakeTable(runs));
        }
    }

    /// <summary>One run; null where it failed, for a peer that fails once is no reason to lose the others' figures.</summary>
    private static BulkRun? Measure(Contestant contestant, bool upload, long bytes, bool mayFail)
    {
        var direction = upload ? "up" : "down";
        try
        {
            var result = BulkRun.Measure(contestant, upload, bytes);
            Report.Progress($"{direction,-4} {contestant.Name,-18} {result.CpuPerGiB:F2} s/GiB, {result.BytesPerSecond / 1e6:F0} MB/s");
            return result;
        }
        catch (Exception e) when (mayFail)
        {
            Report.Progress($"{direction,-4} {contestant.Name,-18} failed: {e.Message}");
            return null;
        }
    }

    private static Table MakeTable(Dictionary<Contestant, List<BulkRun?>> runs)
    {
        var table = new Table("relay", "CPU s/GiB", "user", "system", "× HAProxy", "MB/s", "× HAProxy", "first byte ms", "peak MiB");
        var yardstick = runs.Single(entry => entry.Key.Name == Yardstick).Value;
        foreach (var (contestant, own) in runs)
        {
            var worked = own.OfType<BulkRun>().ToArray();
            if (worked.Length == 0)
            {
                table.Add(contestant.Name, "failed");
                continue;
            }

            var median = BulkRun.Median(worked);
            table.Add(
                contestant.Name,
                $"{median.CpuPerGiB:F2}",
                $"{median.UserPerGiB:F2}",
                $"{median.CpuPerGiB - median.UserPerGiB:F2}",
                Statistics.MedianRatio(own, yardstick, run => run.CpuPerGiB),
                $"{median.BytesPerSecond / 1e6:F0}",
                Statistics.MedianRatio(own, yardstick, run => run.BytesPerSecond),
                $"{median.FirstByte * 1000:F1}",
                $"{median.PeakMemory / 1048576.0:F0}");
        }

        return table;
    }
}
