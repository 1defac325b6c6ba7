using System.Diagnostics;
using System.Globalization;
using System.Net;
using NapterFtp.Benchmarks.Clients;
using NapterFtp.Benchmarks.Measure;
using NapterFtp.Benchmarks.Peers;
using NapterFtp.Simulator;
using NapterFtp.Testing;

namespace NapterFtp.Benchmarks.Start;

/// <summary>What it takes to begin: importing the module, the proxy's first greeting, the memory of a proxy that nobody uses.</summary>
internal static class StartBenchmark
{
    public static async Task RunAsync(Settings settings, Report report)
    {
        using var folder = new ScratchFolder();
        await using var simulator = await NapterSimulator.StartAsync();
        var hosts = new List<(string Name, string[] Command)> { ("tools/Shell", ModuleHost.Shell) };
        if (PeerPackages.FindInPath("pwsh") is { } pwsh)
        {
            hosts.Add(("pwsh", [pwsh, "-NoProfile", "-NonInteractive", "-File"]));
        }

        var table = new Table("host", "Import-Module ms", "again, new process ms", "assemblies", "start to greeting ms", "host MiB", "with idle proxy MiB");
        foreach (var (name, command) in hosts)
        {
            var runs = new List<Start>();
            for (var run = 0; run <= settings.Runs; run++)
            {
                runs.Add(await MeasureAsync(simulator, command, folder));
                Report.Progress($"start {name,-12} {runs[^1].Import:F0} ms, {runs[^1].Greeting:F0} ms");
            }

            var warm = runs.Skip(1).ToArray();
            table.Add(
                name,
                $"{runs[0].Import:F0}",
                $"{Statistics.Median(warm.Select(start => start.Import)):F0}",
                $"{Statistics.Median(warm.Select(start => start.Assemblies)):F0}",
                $"{Statistics.Median(warm.Select(start => start.Greeting)):F0}",
                $"{Statistics.Median(warm.Select(start => start.HostMemory)) / 1048576:F0}",
                $"{Statistics.Median(warm.Select(start => start.ProxyMemory)) / 1048576:F0}");
        }

        report.Add("Start", table);
    }

    private static async Task<Start> MeasureAsync(NapterSimulator simulator, string[] command, ScratchFolder folder)
    {
        await using var process = new ChildProcess(
            new ProcessCommand(
                command[0], [.. command[1..], Path.Combine(ModuleHost.Repository, "benchmarks/Start/Start.ps1"), "-TrustedRootPath", simulator.TrustedRootPath])
            {
                Environment = new Dictionary<string, string>
                {
                    ["SORACOM_ENDPOINT"] = simulator.ApiEndPoint.ToString(),
                    ["SORACOM_AUTH_KEY_ID"] = simulator.AuthKeyId,
                    ["SORACOM_AUTH_KEY"] = simulator.AuthKey,
                    ["POWERSHELL_TELEMETRY_OPTOUT"] = "1",
                    ["POWERSHELL_UPDATECHECK"] = "Off",
                },
            },
            folder);
        await process.ReadLineAsync("ready");
        var hostMemory = ProcessUsage.Memory(process.Id);
        await process.WriteLineAsync("go");
        var import = Number(await process.ReadLineAsync("import "));
        var assemblies = Number(await process.ReadLineAsync("assemblies "));
        var watch = Stopwatch.StartNew();
        await process.WriteLineAsync("go");
        var endPoint = IPEndPoint.Parse(await process.ReadLineAsync("listening "));
        using (new FtpBulkClient(endPoint))
        {
            watch.Stop();
        }

        await Task.Delay(TimeSpan.FromSeconds(1));
        return new Start(import, assemblies, watch.Elapsed.TotalMilliseconds, hostMemory, ProcessUsage.Memory(process.Id));
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private sealed record Start(double Import, double Assemblies, double Greeting, double HostMemory, double ProxyMemory);
}
