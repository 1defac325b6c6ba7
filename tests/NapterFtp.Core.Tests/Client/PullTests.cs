using NapterFtp.Simulator.Device;

namespace NapterFtp.Core.Tests.Client;

public sealed class PullTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_tree_is_pulled_with_its_times_and_a_second_run_copies_nothing()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Make(bench.Root, files: 60, folders: 6);

        var transfers = await bench.CopyAsync(bench.Pull());

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(60, bench.Log.Count(NapterFtpTransferStatus.Copied));
        Assert.All(transfers, transfer => Assert.Equal(1, transfer.Attempts));
        Tree.AssertSame(bench.Root, bench.Local, Second);

        await bench.CopyAsync(bench.Pull("/") with { Sync = NapterFtpSyncMode.Update });
        Assert.Equal(60, bench.Log.Count(NapterFtpTransferStatus.Skipped));
        Assert.Equal(60, bench.Log.Transfers.Count);
    }

    [Fact]
    public async Task Small_files_cost_one_round_trip_each_and_each_passive_port_is_opened_once()
    {
        await using var bench = await ClientBench.StartAsync(DeviceProfiles.Default with { PassivePortCount = 31 });
        Tree.Make(bench.Root, files: 200, folders: 0, length: 2000);

        await bench.CopyAsync(bench.Pull());

        Assert.Equal(200, bench.Log.Count(NapterFtpTransferStatus.Copied));
        Tree.AssertSame(bench.Root, bench.Local, Second);
        Assert.InRange(bench.Api.Creates, 1, 31 + 1);
        Assert.InRange(bench.Device.Counters.RoundTrips / 200.0, 0, 1.2);
        Assert.Equal(1, bench.Device.Counters.CountOf("MLSD"));
        Assert.Equal(201, bench.Device.Counters.DataConnections);
    }
}
