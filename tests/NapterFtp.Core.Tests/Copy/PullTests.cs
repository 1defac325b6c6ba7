namespace NapterFtp.Core.Tests.Copy;

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
}
