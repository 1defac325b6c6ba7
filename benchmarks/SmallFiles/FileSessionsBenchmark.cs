using System.Diagnostics;
using System.Net;
using NapterFtp.Benchmarks.Measure;
using NapterFtp.Benchmarks.Peers;
using NapterFtp.Simulator;
using NapterFtp.Testing;

namespace NapterFtp.Benchmarks.SmallFiles;

/// <summary>A login for each file, as scripts do that start a client for each: one curl after another, through the proxy and straight to the device.</summary>
internal static class FileSessionsBenchmark
{
    private const int Curls = 10;

    private static readonly (int RoundTrip, int ApiLatency)[] s_lines = [(0, 0), (20, 0), (80, 0), (80, 250)];

    public static async Task RunAsync(Settings settings, Report report)
    {
        using var folder = new ScratchFolder();
        DeviceFiles.Make(folder.Folder("device"), 1, 2000);
        var table = new Table("round trip ms", "API ms", "straight, s", "proxy, s", "× straight");
        foreach (var (roundTrip, latency) in s_lines)
        {
            var options = new SimulatorOptions
            {
                ApiLatency = TimeSpan.FromMilliseconds(latency),
                RoundTrip = TimeSpan.FromMilliseconds(roundTrip),
                Sims = [new() { RootPath = folder.File("device") }],
            };
            await using var simulator = await NapterSimulator.StartAsync(options);
            await using var plain = new PlainLink(simulator.Sims[0], options);
            await using var proxy = await SmallFilesBenchmark.ProxyAsync(simulator, folder, TimeSpan.Zero, prefetch: false);
            List<double> straight = [], relayed = [];

            // The first round compiles what the others run.
            for (var run = 0; run <= settings.Runs; run++)
            {
                straight.Add(await CurlsAsync(plain.EndPoint));
                relayed.Add(await CurlsAsync(proxy.EndPoint));
                Report.Progress($"curls {roundTrip,3} ms, API {latency,3} ms: {straight[^1]:F2} s straight, {relayed[^1]:F2} s by the proxy");
            }

            var pairs = straight.Zip(relayed).Skip(1).ToArray();
            table.Add(
                roundTrip,
                latency,
                $"{Statistics.Median(pairs.Select(pair => pair.First)):F2}",
                $"{Statistics.Median(pairs.Select(pair => pair.Second)):F2}",
                $"{Statistics.Median(pairs.Select(pair => pair.Second / pair.First)):F2}");
        }

        report.Add($"{Curls} curls one after the other, one file of 2 kB each", table);
    }

    private static async Task<double> CurlsAsync(IPEndPoint endPoint)
    {
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < Curls; i++)
        {
            await SmallFilesBenchmark.CurlAsync(endPoint, files: 1);
        }

        return watch.Elapsed.TotalSeconds;
    }
}
