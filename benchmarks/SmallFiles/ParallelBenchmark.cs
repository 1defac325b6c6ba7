using System.Diagnostics;
using System.Globalization;
using System.Net;
using NapterFtp.Benchmarks.Measure;
using NapterFtp.Benchmarks.Peers;
using NapterFtp.Simulator;
using NapterFtp.Testing;

namespace NapterFtp.Benchmarks.SmallFiles;

/// <summary>A folder of a few small files by several connections at a time, as clients make them: straight to the device, through the proxy,
/// and by the module itself. The device takes any port, so that each file costs a Napter port.</summary>
internal static class ParallelBenchmark
{
    private const int Connections = 12;

    private static readonly int[] s_files = [10, 60];

    private static readonly (int RoundTrip, int ApiLatency)[] s_lines = [(0, 0), (80, 250)];

    /// <summary>How long one pull may take.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    public static async Task RunAsync(Settings settings, Report report)
    {
        // rclone takes a password in a form of its own only.
        var obscured = await ProcessRunner.RunAsync(new ProcessCommand("rclone", "obscure", "x"), s_limit, CancellationToken.None);
        var clients = Clients(obscured.Output.Trim());
        List<(string Name, Func<Line, Task<double>> Pull)> ways =
        [
            .. clients.Select(client => ($"{client.Name}, straight", (Func<Line, Task<double>>)(line => line.PullAsync(client.Command, line.Plain)))),
            .. clients.Select(client => ($"{client.Name}, proxy", (Func<Line, Task<double>>)(line => line.PullAsync(client.Command, line.Proxy)))),
            ("Copy-NapterFtpItem", line => line.CopyAsync(sessions: 1)),
            ($"Copy-NapterFtpItem -SessionLimit {Connections}", line => line.CopyAsync(Connections)),
        ];
        var rows = ways.Select(way => new List<object> { way.Name }).ToArray();
        List<string> columns = ["way"];
        foreach (var (roundTrip, latency) in s_lines)
        {
            foreach (var files in s_files)
            {
                columns.Add(FormattableString.Invariant($"{files} files, {roundTrip} ms, API {latency} ms"));
                await using var line = await Line.StartAsync(roundTrip, latency, files);

                // The first round compiles what the others run.
                var seconds = ways.Select(_ => new List<double>()).ToArray();
                for (var run = 0; run <= Math.Max(1, settings.Runs / 2); run++)
                {
                    for (var i = 0; i < ways.Count; i++)
                    {
                        seconds[i].Add(await ways[i].Pull(line));
                        Report.Progress($"{columns[^1]}: {ways[i].Name,-36} {seconds[i][^1]:F2} s");
                    }
                }

                for (var i = 0; i < ways.Count; i++)
                {
                    rows[i].Add(Statistics.Median(seconds[i].Skip(1)).ToString("F2", CultureInfo.InvariantCulture));
                }
            }
        }

        var table = new Table([.. columns]);
        foreach (var row in rows)
        {
            table.Add([.. row]);
        }

        report.Add($"Files of 2 kB by {Connections} connections, in seconds", table);
    }

    /// <summary>The clients, each given where to connect, the folder to fill and the number of files.</summary>
    private static (string Name, Func<IPEndPoint, string, int, ProcessCommand> Command)[] Clients(string obscured) =>
    [
        ("lftp mirror -P", (device, target, _) => new ProcessCommand(
            "lftp", "-c", $"set ftp:prefer-epsv yes; set net:max-retries 2; set net:timeout 30; open ftp://{device}; mirror -P {Connections} / {target}")),
        ("curl -Z", (device, target, files) => new ProcessCommand(
            "curl", "--silent", "--show-error", "--fail", "-Z", "--parallel-max", $"{Connections}", "--output-dir", target,
            "--remote-name-all", $"ftp://{device}/f[001-{files:D3}].dat")),
        ("rclone copy", (device, target, _) => new ProcessCommand(
            "rclone", "copy", $":ftp,host={device.Address},port={device.Port},user=anonymous,pass={obscured},concurrency={Connections + 1}:/", target,
            "--transfers", $"{Connections}", "--config", "/dev/null")),
    ];

    /// <summary>A device at the end of a line, and the ways to it.</summary>
    private sealed class Line(ScratchFolder folder, NapterSimulator simulator, PlainLink plain, SmallFilesBenchmark.RunningProxy proxy, int files) : IAsyncDisposable
    {
        public IPEndPoint Plain => plain.EndPoint;

        public IPEndPoint Proxy => proxy.EndPoint;

        public static async Task<Line> StartAsync(int roundTrip, int latency, int files)
        {
            var folder = new ScratchFolder();
            DeviceFiles.Make(folder.Folder("device"), files, 2000);
            var options = new SimulatorOptions
            {
                ApiLatency = TimeSpan.FromMilliseconds(latency),
                RoundTrip = TimeSpan.FromMilliseconds(roundTrip),
                Sims = [new() { RootPath = folder.File("device") }],
            };
            var simulator = await NapterSimulator.StartAsync(options);
            var proxy = await SmallFilesBenchmark.ProxyAsync(simulator, folder, TimeSpan.Zero, prefetch: false);
            return new Line(folder, simulator, new PlainLink(simulator.Sims[0], options), proxy, files);
        }

        public async Task<double> PullAsync(Func<IPEndPoint, string, int, ProcessCommand> command, IPEndPoint endPoint)
        {
            var target = folder.Folder("pulled-" + Guid.NewGuid().ToString("N"));
            var watch = Stopwatch.StartNew();
            var result = await ProcessRunner.RunAsync(command(endPoint, target, files), s_limit, CancellationToken.None);
            var seconds = watch.Elapsed.TotalSeconds;
            var pulled = Directory.GetFiles(target).Length;
            return result.Succeeded && pulled == files ? seconds : throw new InvalidOperationException($"{pulled} of {files} files were pulled. {result}");
        }

        public async Task<double> CopyAsync(int sessions) =>
            (await ModulePull.RunAsync(simulator, folder, [simulator.Imsi], files, sessions)).Seconds;

        public async ValueTask DisposeAsync()
        {
            await proxy.DisposeAsync();
            await plain.DisposeAsync();
            await simulator.DisposeAsync();
            folder.Dispose();
        }
    }
}
