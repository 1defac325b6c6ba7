using System.Globalization;
using NapterFtp.Benchmarks.Measure;
using NapterFtp.Simulator;
using NapterFtp.Testing;

namespace NapterFtp.Benchmarks.Peers;

/// <summary>What it took to copy all files of some devices in a process of its own. Loading the module and signing in are not
/// counted, listing the folders is.</summary>
/// <param name="Seconds">By the wall clock.</param>
/// <param name="Cpu">CPU-seconds of the process.</param>
/// <param name="PeakMemory">Bytes that the process held at most.</param>
/// <param name="ApiCalls">API calls, until its ports were closed.</param>
/// <param name="RoundTrips">Round trips on control connections.</param>
/// <param name="OpenPorts">Ports that it left open.</param>
internal sealed record ModulePull(double Seconds, double Cpu, long PeakMemory, long ApiCalls, long RoundTrips, int OpenPorts)
{
    /// <summary>How long one pull may take.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(30);

    /// <summary>How long closing ports, which no cmdlet waits for, may take.</summary>
    private static readonly TimeSpan s_closing = TimeSpan.FromSeconds(30);

    /// <summary>Copies all files of the devices.</summary>
    /// <param name="folder">Where to, below a new folder.</param>
    /// <param name="files">How many files must arrive.</param>
    /// <exception cref="InvalidOperationException">Not all files arrived.</exception>
    public static async Task<ModulePull> RunAsync(NapterSimulator simulator, ScratchFolder folder, IEnumerable<string> imsis, int files, int sessions = 1, string apiRateLimit = "Auto")
    {
        var target = folder.Folder("pulled-" + Guid.NewGuid().ToString("N"));
        await using var host = new ChildProcess(
            ModuleHost.Command(
                "Pull.ps1",
                [
                    "-Imsi", string.Join(',', imsis), "-TrustedRootPath", simulator.TrustedRootPath, "-Destination", target,
                    "-SessionLimit", sessions.ToString(CultureInfo.InvariantCulture),
                    "-ApiRateLimit", apiRateLimit,
                ],
                simulator),
            folder);
        await host.ReadLineAsync("ready");
        ProcessUsage.ResetPeak(host.Id);
        var before = ProcessUsage.Of(host.Id);
        var counters = simulator.Counters;
        var (calls, trips, open) = (counters.TotalApiCalls, counters.ControlRoundTrips, counters.LiveEntries);
        await host.WriteLineAsync("go");
        var seconds = double.Parse(await host.ReadLineAsync("seconds ", s_limit), CultureInfo.InvariantCulture);
        var pulled = Directory.EnumerateFiles(target, "*", SearchOption.AllDirectories).Count();
        if (pulled != files)
        {
            throw new InvalidOperationException($"{pulled} of {files} files were pulled.");
        }

        for (var since = TimeProvider.System.GetTimestamp(); counters.LiveEntries > open && TimeProvider.System.GetElapsedTime(since) < s_closing;)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }

        var used = ProcessUsage.Of(host.Id) - before;
        return new ModulePull(
            seconds,
            used.Cpu,
            ProcessUsage.PeakMemory(host.Id),
            counters.TotalApiCalls - calls,
            counters.ControlRoundTrips - trips,
            Math.Max(0, counters.LiveEntries - open));
    }

    /// <summary>The medians of several pulls.</summary>
    public static ModulePull Median(IReadOnlyCollection<ModulePull> pulls) => new(
        Statistics.Median(pulls.Select(pull => pull.Seconds)),
        Statistics.Median(pulls.Select(pull => pull.Cpu)),
        (long)Statistics.Median(pulls.Select(pull => (double)pull.PeakMemory)),
        (long)Statistics.Median(pulls.Select(pull => (double)pull.ApiCalls)),
        (long)Statistics.Median(pulls.Select(pull => (double)pull.RoundTrips)),
        pulls.Max(pull => pull.OpenPorts));
}
