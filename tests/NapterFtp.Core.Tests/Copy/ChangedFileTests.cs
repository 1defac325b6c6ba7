using NapterFtp.Copy;
using NapterFtp.Simulator.Device;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>Files that change while they are copied, and lengths that tell whether all has arrived.</summary>
public sealed class ChangedFileTests
{
    private static readonly DeviceProfile NoSize = DeviceProfiles.Default with { Without = ["SIZE"] };

    [Fact]
    public async Task A_log_that_was_rotated_after_it_was_listed_is_told_as_changed_and_left_alone()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "log.csv"), 5000);
        Rotate(bench, count: int.MaxValue);

        await bench.CopyAsync(bench.Pull() with { RemoveSource = true, Retry = RetryPolicy.None });

        var transfer = Assert.Single(bench.Log.Transfers);
        Assert.Equal(NapterFtpTransferStatus.Changed, transfer.Status);
        Assert.False(transfer.Verified);
        Assert.False(transfer.SourceRemoved);
        var error = Assert.Single(bench.Log.Errors);
        Assert.Equal("SourceChanged", error.ErrorId);
        Assert.Contains("it had 5000 bytes before, 281 came, and it has 281 now", error.Message, StringComparison.Ordinal);
        Assert.Empty(Tree.Names(bench.Local));
        Assert.Equal(["log.csv"], Tree.Names(bench.Root));
    }

    [Fact]
    public async Task A_log_that_was_rotated_is_copied_as_it_is_now_within_the_retries()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "log.csv"), 5000);
        Rotate(bench, count: 1);

        await bench.CopyAsync(bench.Pull() with { RemoveSource = true });

        Assert.Empty(bench.Log.Errors);
        var transfer = Assert.Single(bench.Log.Transfers);
        Assert.Equal((NapterFtpTransferStatus.Copied, 2, true, true), (transfer.Status, transfer.Attempts, transfer.Verified, transfer.SourceRemoved));
        Assert.Equal(281, new FileInfo(Path.Combine(bench.Local, "log.csv")).Length);
        Assert.Empty(Tree.Names(bench.Root));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_a_log_that_grew_only_the_rest_is_fetched_again(bool hasSize)
    {
        await using var bench = await ClientBench.StartAsync(hasSize ? DeviceProfiles.Default : NoSize);
        Tree.Add(Path.Combine(bench.Root, "log.csv"), 500_000);
        bench.Device.Faults.Arm(DeviceFault.ChangeFile(path => File.AppendAllText(path, new string('x', 300)), "RETR"));

        await bench.CopyAsync(bench.Pull());

        Assert.Empty(bench.Log.Errors);
        var transfer = Assert.Single(bench.Log.Transfers);
        Assert.Equal((NapterFtpTransferStatus.Resumed, 2, true), (transfer.Status, transfer.Attempts, transfer.Verified));
        Assert.InRange(transfer.Transferred, 500_300, 510_000);
        Assert.Equal(500_300, new FileInfo(Path.Combine(bench.Local, "log.csv")).Length);
    }

    [Fact]
    public async Task A_file_that_keeps_changing_keeps_a_mirror_from_deleting()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "log.csv"), 5000);
        Tree.Add(Path.Combine(bench.Local, "old.csv"), 5);
        var length = 300;
        bench.Device.Faults.Arm(DeviceFault.ChangeFile(path => Tree.Add(path, length--), "RETR") with { Count = int.MaxValue });

        await bench.CopyAsync(bench.Pull("/") with { Sync = NapterFtpSyncMode.Mirror });

        Assert.Equal(NapterFtpTransferStatus.Changed, Assert.Single(bench.Log.Transfers).Status);
        Assert.Equal(["old.csv"], Tree.Names(bench.Local));
    }

    [Fact]
    public async Task A_cut_transfer_of_a_device_without_SIZE_is_still_told_as_cut()
    {
        await using var bench = await ClientBench.StartAsync(NoSize);
        Tree.Add(Path.Combine(bench.Root, "a.dat"), 5000);
        bench.Device.Faults.Arm(DeviceFault.TruncateData(3000, "RETR") with { Count = int.MaxValue });

        await bench.CopyAsync(bench.Pull());

        Assert.Equal("LengthMismatch", Assert.Single(bench.Log.Errors).ErrorId);
        Assert.Equal(NapterFtpTransferStatus.Failed, Assert.Single(bench.Log.Transfers).Status);
    }

    [Theory]
    [InlineData("SIZE", 400)]
    [InlineData("SIZE,MLSD,MLST", 3000)]
    public async Task A_device_that_keeps_less_than_it_was_sent_is_found_out_by_its_listing(string without, int left)
    {
        await using var bench = await ClientBench.StartAsync(DeviceProfiles.Default with { Without = without.Split(',') });
        Tree.Add(Path.Combine(bench.Local, "a.dat"), 5000);
        Tree.Add(Path.Combine(bench.Root, "a.dat"), 400);
        bench.Device.Faults.Arm(DeviceFault.TruncateData(3000, "STOR") with { Count = int.MaxValue });

        await bench.CopyAsync(bench.Push() with { RemoveSource = true });

        Assert.Equal("LengthMismatch", Assert.Single(bench.Log.Errors).ErrorId);
        Assert.Equal(["a.dat"], Tree.Names(bench.Local));

        // LIST hides the temporary name here, so that only the file's own can be looked at.
        Assert.Equal(left, new FileInfo(Path.Combine(bench.Root, "a.dat")).Length);
    }

    [Fact]
    public async Task An_upload_that_nothing_tells_the_length_of_is_not_called_verified()
    {
        await using var bench = await ClientBench.StartAsync(DeviceProfiles.Default with { Without = ["SIZE", "MLSD", "MLST", "LIST"] });
        Tree.Add(Path.Combine(bench.Local, "a.dat"), 5000);

        await bench.CopyAsync(bench.Push() with { RemoveSource = true });

        var transfer = Assert.Single(bench.Log.Transfers);
        Assert.Equal((NapterFtpTransferStatus.Copied, false, false), (transfer.Status, transfer.Verified, transfer.SourceRemoved));
        Assert.Equal("SourceNotRemoved", Assert.Single(bench.Log.Errors).ErrorId);
    }

    private static void Rotate(ClientBench bench, int count) =>
        bench.Device.Faults.Arm(DeviceFault.ChangeFile(path => Tree.Add(path, 281), "RETR") with { Count = count });
}
