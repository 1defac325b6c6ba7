using System.Diagnostics;
using System.Net;
using NapterFtp.Benchmarks.Measure;
using NapterFtp.Benchmarks.Peers;
using NapterFtp.Simulator;
using NapterFtp.Simulator.Device;
using NapterFtp.Testing;

namespace NapterFtp.Benchmarks.SmallFiles;

/// <summary>Many small files over a line with a long round trip and an API that takes its time: what is waited for, not what is
/// moved, is what this measures.</summary>
internal static class SmallFilesBenchmark
{
    private const int Length = 2000;

    private const string ManyPortsImsi = "001010000000002";

    /// <summary>How long one pull may take.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    public static async Task RunAsync(Settings settings, Report report)
    {
        using var folder = new ScratchFolder();
        DeviceFiles.Make(folder.Folder("device"), settings.SmallFiles, Length);
        var options = Options(folder, connectRoundTrips: 1.5);
        await using var simulator = await NapterSimulator.StartAsync(options);

        // As if the device saw a connection with its first packet, not its third.
        await using var quick = await NapterSimulator.StartAsync(Options(folder, connectRoundTrips: 0.5));
        await using var plain = new PlainLink(simulator.Sims[0], options);
        await using var closing = await ProxyAsync(simulator, folder, TimeSpan.Zero, prefetch: false);
        await using var keeping = await ProxyAsync(simulator, folder, TimeSpan.FromSeconds(60), prefetch: false);
        await using var fetching = await ProxyAsync(simulator, folder, TimeSpan.FromSeconds(60), prefetch: true);

        List<(string Name, NapterSimulator Simulator, Func<Task<double>> Pull)> ways =
        [
            ("curl, no relay and no API", simulator, () => CurlAsync(plain.EndPoint, settings.SmallFiles)),
            ("curl, proxy, -PortLinger 0", simulator, () => CurlAsync(closing.EndPoint, settings.SmallFiles)),
            ("curl, proxy, -PortLinger 60s", simulator, () => CurlAsync(keeping.EndPoint, settings.SmallFiles)),
            ("curl, proxy, -PortLinger 60s -Prefetch", simulator, () => CurlAsync(fetching.EndPoint, settings.SmallFiles)),
            ("Copy-NapterFtpItem", simulator, () => CopyAsync(simulator, folder, settings.SmallFiles, sessions: 1)),
            ("Copy-NapterFtpItem -SessionLimit 4", simulator, () => CopyAsync(simulator, folder, settings.SmallFiles, sessions: 4)),
            ("Copy-NapterFtpItem, quicker connections", quick, () => CopyAsync(quick, folder, settings.SmallFiles, sessions: 1)),
            ("the same, -SessionLimit 4", quick, () => CopyAsync(quick, folder, settings.SmallFiles, sessions: 4)),
            ("the same, Connect-Napter -ApiRateLimit 20", quick, () => CopyAsync(quick, folder, settings.SmallFiles, sessions: 4, apiRateLimit: "20")),
        ];
        var results = ways.Select(_ => new List<Pull>()).ToArray();
        for (var run = 0; run < Math.Max(1, settings.Runs / 2); run++)
        {
            for (var i = 0; i < ways.Count; i++)
            {
                results[i].Add(await MeasureAsync(ways[i].Simulator, ways[i].Pull, settings.SmallFiles));
                Report.Progress($"small {ways[i].Name,-40} {results[i][^1].Seconds:F3} s a file");
            }
        }

        var table = new Table("way", "ms a file", "× no relay", "round trips a file", "API calls a file");
        for (var i = 0; i < ways.Count; i++)
        {
            var counted = i > 0;
            table.Add(
                ways[i].Name,
                $"{Statistics.Median(results[i].Select(pull => pull.Seconds)) * 1000:F1}",
                ways[i].Simulator == quick ? "" : Statistics.MedianRatio(results[i], results[0], pull => pull.Seconds),
                counted ? $"{Statistics.Median(results[i].Select(pull => pull.RoundTrips)):F2}" : "",
                counted ? $"{Statistics.Median(results[i].Select(pull => pull.ApiCalls)):F2}" : "");
        }

        report.Add($"{settings.SmallFiles} files of 2 kB, round trip 80 ms, API 250 ms", table);
    }

    private static SimulatorOptions Options(ScratchFolder folder, double connectRoundTrips) => new()
    {
        ApiLatency = TimeSpan.FromMilliseconds(250),
        RoundTrip = TimeSpan.FromMilliseconds(80),
        ConnectRoundTrips = connectRoundTrips,
        Sims =
        [
            new() { RootPath = folder.File("device"), Profile = DeviceProfiles.Find("TinyPassiveRange")! },

            // Several sessions at once need more ports.
            new() { Imsi = ManyPortsImsi, SimId = "8981100000000000002", RootPath = folder.File("device"), Profile = DeviceProfiles.Find("NarrowPassiveRange")! },
        ],
    };

    private static async Task<Pull> MeasureAsync(NapterSimulator simulator, Func<Task<double>> pull, int files)
    {
        var (calls, trips) = (simulator.Counters.TotalApiCalls, simulator.Counters.ControlRoundTrips);
        var seconds = await pull();
        return new Pull(
            seconds / files,
            (simulator.Counters.ControlRoundTrips - trips) / (double)files,
            (simulator.Counters.TotalApiCalls - calls) / (double)files);
    }

    /// <summary>One curl for all files, which keeps its control connection.</summary>
    internal static async Task<double> CurlAsync(IPEndPoint endPoint, int files)
    {
        var watch = Stopwatch.StartNew();
        var result = await ProcessRunner.RunAsync(
            new ProcessCommand("curl", "--silent", "--show-error", "--fail", $"ftp://{endPoint}/f[001-{files:D3}].dat", "--output", "/dev/null"),
            s_limit,
            CancellationToken.None);
        return result.Succeeded ? watch.Elapsed.TotalSeconds : throw new InvalidOperationException(result.ToString());
    }

    private static async Task<double> CopyAsync(NapterSimulator simulator, ScratchFolder folder, int files, int sessions, string apiRateLimit = "Auto") =>
        (await ModulePull.RunAsync(simulator, folder, [sessions == 1 ? simulator.Imsi : ManyPortsImsi], files, sessions, apiRateLimit)).Seconds;

    internal static async Task<RunningProxy> ProxyAsync(NapterSimulator simulator, ScratchFolder folder, TimeSpan linger, bool prefetch)
    {
        var process = new ChildProcess(
            ModuleHost.Command(
                "Relay.ps1",
                [
                    "-Kind", "proxy", "-DevicePort", "21", "-TrustedRootPath", simulator.TrustedRootPath, "-PortLinger", linger.ToString(),
                    .. prefetch ? ["-Prefetch"] : Array.Empty<string>(),
                ],
                simulator),
            folder);
        return new RunningProxy(process, IPEndPoint.Parse(await process.ReadLineAsync("listening ")));
    }

    private sealed record Pull(double Seconds, double RoundTrips, double ApiCalls);

    internal sealed record RunningProxy(ChildProcess Process, IPEndPoint EndPoint) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Process.DisposeAsync();
    }
}
