using NapterFtp.Benchmarks.Measure;
using NapterFtp.Benchmarks.Peers;
using NapterFtp.Simulator;
using NapterFtp.Simulator.Device;
using NapterFtp.Testing;

namespace NapterFtp.Benchmarks.Growth;

/// <summary>More and more small files from one device that answers at once, so that what remains is the work.</summary>
internal static class FileCountGrowth
{
    private const int Length = 2000;

    private static readonly int[] s_counts = [10, 100, 1000, 10_000];

    public static async Task RunAsync(Settings settings, Report report)
    {
        var counts = s_counts.Where(count => count <= settings.MostFiles).ToArray();
        var medians = new List<ModulePull>();
        var table = new Table("files", "ms a file", "CPU ms a file", "peak MiB", "API calls a file", "round trips a file");
        foreach (var count in counts)
        {
            var pulls = await MeasureAsync(count, Math.Max(1, settings.Runs / 2));
            var median = ModulePull.Median(pulls);
            medians.Add(median);
            table.Add(
                count,
                $"{median.Seconds * 1000 / count:F2}",
                $"{median.Cpu * 1000 / count:F2}",
                $"{median.PeakMemory / 1048576.0:F0}",
                $"{(double)median.ApiCalls / count:F3}",
                $"{(double)median.RoundTrips / count:F2}");
        }

        report.Add("Growth with file count: Copy-NapterFtpItem, 2 kB each, no latency", table);
        var time = new SvgPlot("Time and CPU time of a file, by the number of files", "files", "ms a file") { LogarithmicUp = true };
        time.Add("time", counts.Zip(medians, (count, pull) => ((double)count, pull.Seconds * 1000 / count)));
        time.Add("CPU time", counts.Zip(medians, (count, pull) => ((double)count, pull.Cpu * 1000 / count)));
        report.Add(time, "growth-file-count.svg");
        var memory = new SvgPlot("Peak memory of the copying process, by the number of files", "files", "MiB");
        memory.Add("Copy-NapterFtpItem", counts.Zip(medians, (count, pull) => ((double)count, pull.PeakMemory / 1048576.0)));
        report.Add(memory, "growth-file-count-memory.svg");
    }

    private static async Task<List<ModulePull>> MeasureAsync(int count, int runs)
    {
        using var folder = new ScratchFolder();
        DeviceFiles.Make(folder.Folder("device"), count, Length);
        await using var simulator = await NapterSimulator.StartAsync(new SimulatorOptions
        {
            Sims = [new() { RootPath = folder.File("device"), Profile = DeviceProfiles.Find("TinyPassiveRange")! }],
        });
        var pulls = new List<ModulePull>();
        for (var run = 0; run < runs; run++)
        {
            pulls.Add(await ModulePull.RunAsync(simulator, folder, [simulator.Imsi], count));
            Report.Progress($"growth {count,5} files, {pulls[^1].Seconds:F2} s, CPU {pulls[^1].Cpu:F2} s");
        }

        return pulls;
    }
}
