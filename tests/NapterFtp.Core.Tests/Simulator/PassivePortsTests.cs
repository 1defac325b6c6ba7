using System.Diagnostics;
using NapterFtp.Core.Tests.Copy;
using NapterFtp.Simulator.Device;

namespace NapterFtp.Core.Tests.Simulator;

public sealed class PassivePortsTests
{
    /// <summary>A process holds what was open when it was started, closed listeners too, until its own program runs.</summary>
    [Fact]
    public async Task A_device_with_one_port_has_it_although_processes_are_being_started()
    {
        await using var bench = await ClientBench.StartAsync(DeviceProfiles.Default with { PassivePortCount = 1 });
        Tree.Make(bench.Root, files: 100, folders: 0);
        using var stop = new CancellationTokenSource();
        var starting = Task.Factory.StartNew(
            () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    using var process = Process.Start(new ProcessStartInfo("dotnet", "--version") { RedirectStandardOutput = true })!;
                    process.Kill();
                }
            },
            TaskCreationOptions.LongRunning);

        await bench.CopyAsync(bench.Pull());

        await stop.CancelAsync();
        await starting;
        Assert.Equal(100, bench.Log.Count(NapterFtpTransferStatus.Copied));
        Assert.All(bench.Log.Transfers, transfer => Assert.Equal(1, transfer.Attempts));
    }
}
