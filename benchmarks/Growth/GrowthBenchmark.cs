using NapterFtp.Benchmarks.Measure;

namespace NapterFtp.Benchmarks.Growth;

/// <summary>How cost grows with the size of files, their number, and the number of devices.</summary>
internal static class GrowthBenchmark
{
    public static async Task RunAsync(Settings settings, Report report)
    {
        await FileSizeGrowth.RunAsync(settings, report);
        await FileCountGrowth.RunAsync(settings, report);
        await FleetGrowth.RunAsync(settings, report);
    }
}
