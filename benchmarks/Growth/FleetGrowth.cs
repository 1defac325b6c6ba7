using NapterFtp.Benchmarks.Measure;
using NapterFtp.Benchmarks.Peers;
using NapterFtp.Simulator;
using NapterFtp.Simulator.Device;
using NapterFtp.Testing;

namespace NapterFtp.Benchmarks.Growth;

/// <summary>More and more devices in one pipeline, with the defaults of Copy-NapterFtpItem and Connect-Napter.</summary>
internal static class FleetGrowth
{
    private const int FilesEach = 10;
    private const int Length = 20_000;

    private static readonly int[] s_fleets = [1, 10, 50, 200];

    public static async Task RunAsync(Settings settings, Report report)
    {
        using var folder = new ScratchFolder();
        DeviceFiles.Make(folder.Folder("device"), FilesEach, Length);
        var fleets = s_fleets.Where(devices => devices <= settings.MostDevices).ToArray();
        var pulls = new List<ModulePull>();
        var table = new Table("devices", "seconds", "devices a second", "CPU ms a device", "peak MiB", "API calls a device", "ports left open");
        foreach (var devices in fleets)
        {
            var pull = await MeasureAsync(folder, devices);
            Report.Progress($"growth {devices,5} devices, {pull.Seconds:F1} s, CPU {pull.Cpu:F2} s");
            pulls.Add(pull);
            table.Add(
                devices,
                $"{pull.Seconds:F1}",
                $"{devices / pull.Seconds:F2}",
                $"{pull.Cpu * 1000 / devices:F0}",
                $"{pull.PeakMemory / 1048576.0:F0}",
                $"{(double)pull.ApiCalls / devices:F1}",
                pull.OpenPorts);
        }

        report.Add($"Growth with fleet size: Copy-NapterFtpItem, {FilesEach} files of {Length / 1000} kB each, round trip 80 ms, API 250 ms", table);
        Draw("Time that a fleet takes, by its size", "seconds", (pull, _) => pull.Seconds, "growth-fleet.svg", logarithmic: true);
        Draw("CPU time of a device, by the size of the fleet", "ms a device", (pull, devices) => pull.Cpu * 1000 / devices, "growth-fleet-cpu.svg", logarithmic: true);
        Draw("Peak memory of the copying process, by the size of the fleet", "MiB", (pull, _) => pull.PeakMemory / 1048576.0, "growth-fleet-memory.svg", logarithmic: false);

        void Draw(string title, string up, Func<ModulePull, int, double> figure, string file, bool logarithmic)
        {
            var plot = new SvgPlot(title, "devices", up) { LogarithmicUp = logarithmic };
            plot.Add("Copy-NapterFtpItem", fleets.Zip(pulls, (devices, pull) => ((double)devices, figure(pull, devices))));
            report.Add(plot, file);
        }
    }

    private static async Task<ModulePull> MeasureAsync(ScratchFolder folder, int devices)
    {
        await using var simulator = await NapterSimulator.StartAsync(new SimulatorOptions
        {
            ApiLatency = TimeSpan.FromMilliseconds(250),
            RoundTrip = TimeSpan.FromMilliseconds(80),
            Sims =
            [
                .. Enumerable.Range(1, devices).Select(number => new SimulatedSimOptions
                {
                    Imsi = FormattableString.Invariant($"0010100{number:D8}"),
                    SimId = FormattableString.Invariant($"89811000000000{number:D5}"),
                    RootPath = folder.File("device"),
                    Profile = DeviceProfiles.Find("TinyPassiveRange")!,
                }),
            ],
        });
        var pull = await ModulePull.RunAsync(simulator, folder, simulator.Sims.Select(sim => sim.Imsi), devices * FilesEach);
        return pull.OpenPorts == 0 ? pull : throw new InvalidOperationException($"{pull.OpenPorts} ports of {devices} devices were left open.");
    }
}
