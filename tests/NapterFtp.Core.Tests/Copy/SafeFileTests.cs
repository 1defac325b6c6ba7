using System.Text;
using NapterFtp.Copy;
using NapterFtp.Simulator.Device;

namespace NapterFtp.Core.Tests.Copy;

public sealed class SafeFileTests
{
    private const int Large = 600_000;

    [Fact]
    public async Task A_pull_that_breaks_is_continued_from_where_it_broke()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "large.dat"), Large);
        bench.Device.Faults.Arm(DeviceFault.DropData(400_000, "RETR") with
        {
            NotBefore = () => Relay.ProxyBench.UntilAsync(() => Directory.EnumerateFiles(bench.Local).Any(file => new FileInfo(file).Length > 0)),
        });

        await bench.CopyAsync(bench.Pull());

        var transfer = Assert.Single(bench.Log.Transfers);
        Assert.Equal(NapterFtpTransferStatus.Resumed, transfer.Status);
        Assert.Equal(2, transfer.Attempts);
        Assert.InRange(transfer.Transferred, Large, Large + 100_000);
        Assert.True(bench.Device.Counters.CountOf("REST") == 1);
        Tree.AssertSame(bench.Root, bench.Local, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_push_that_breaks_is_continued_from_where_it_broke()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Local, "large.dat"), Large);
        bench.Device.Faults.Arm(DeviceFault.FailData(300_000, "451 Local error.", "STOR"));

        await bench.CopyAsync(bench.Push());

        Assert.Equal(NapterFtpTransferStatus.Resumed, Assert.Single(bench.Log.Transfers).Status);
        Assert.Equal(1, bench.Device.Counters.CountOf("APPE"));
        Tree.AssertSame(bench.Local, bench.Root, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task What_fails_for_good_leaves_the_old_file_and_nothing_else()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "a.dat"), 5000);
        Tree.Add(Path.Combine(bench.Root, "b.dat"), 6000);
        Tree.Add(Path.Combine(bench.Local, "a.dat"), 100);
        var old = Tree.Hash(Path.Combine(bench.Local, "a.dat"));
        bench.Device.Faults.Arm(DeviceFault.TruncateData(3000, "RETR") with { When = (_, path) => path.Contains("a.dat", StringComparison.Ordinal), Count = int.MaxValue });

        await bench.CopyAsync(bench.Pull());

        var error = Assert.Single(bench.Log.Errors);
        Assert.Equal("LengthMismatch", error.ErrorId);
        Assert.Contains("001010000000001:21", error.Message, StringComparison.Ordinal);
        Assert.Contains("a.dat", error.Message, StringComparison.Ordinal);
        Assert.Equal(old, Tree.Hash(Path.Combine(bench.Local, "a.dat")));
        Assert.Equal(["a.dat", "b.dat"], Tree.Names(bench.Local));
        Assert.Equal(NapterFtpTransferStatus.Copied, bench.Log.Transfers.Single(transfer => transfer.Source == "/b.dat").Status);
    }

    [Fact]
    public async Task A_cancelled_pull_leaves_no_file_and_no_port()
    {
        await using var bench = await ClientBench.StartAsync(DeviceProfiles.Default with { BytesPerSecond = 200_000 });
        Tree.Add(Path.Combine(bench.Root, "large.dat"), Large);
        using var stop = new CancellationTokenSource();
        bench.Log.OnProgress = _ => stop.Cancel();

        await using (var client = bench.NewClient())
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => DeviceCopy.RunAsync(client, bench.Pull(), bench.Log, stop.Token));
        }

        Assert.Empty(Tree.Names(bench.Local));
        await Relay.ProxyBench.UntilAsync(() => bench.Api.Entries.Count == 0);
    }

    [Fact]
    public async Task Resume_completes_a_file_that_has_grown_and_fetches_only_the_rest()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "log.dat"), Large);
        var content = await File.ReadAllBytesAsync(Path.Combine(bench.Root, "log.dat"), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(Path.Combine(bench.Local, "log.dat"), content[..500_000], TestContext.Current.CancellationToken);

        await bench.CopyAsync(bench.Pull() with { IfExists = NapterFtpIfExists.Resume, Hash = true });

        var transfer = Assert.Single(bench.Log.Transfers);
        Assert.Equal(NapterFtpTransferStatus.Resumed, transfer.Status);
        Assert.InRange(transfer.Transferred, 100_000, 110_000);
        Assert.Equal(Tree.Hash(Path.Combine(bench.Root, "log.dat")), transfer.Hash);
        Tree.AssertSame(bench.Root, bench.Local);
        await bench.CopyAsync(bench.Pull() with { IfExists = NapterFtpIfExists.Resume });
        Assert.Equal(1, bench.Log.Count(NapterFtpTransferStatus.Skipped));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Resume_copies_the_whole_where_the_beginning_differs_or_the_device_cannot_restart(bool canRestart)
    {
        await using var bench = await ClientBench.StartAsync(DeviceProfiles.Default with { Without = canRestart ? [] : ["REST"] });
        Tree.Add(Path.Combine(bench.Root, "log.dat"), Large);
        Tree.Add(Path.Combine(bench.Local, "log.dat"), 500_000);

        await bench.CopyAsync(bench.Pull() with { IfExists = NapterFtpIfExists.Resume });

        Assert.Equal(NapterFtpTransferStatus.Copied, Assert.Single(bench.Log.Transfers).Status);
        Tree.AssertSame(bench.Root, bench.Local);
    }

    [Fact]
    public async Task A_file_that_another_run_is_copying_is_left_to_it()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "a.dat"), 100_000);
        var copy = bench.Pull() with { Retry = RetryPolicy.None, RemoveSource = true };
        var name = "";
        bench.Device.Faults.Arm(DeviceFault.ChangeFile(_ => name = Assert.Single(Tree.Names(bench.Local)), "RETR"));
        await bench.CopyAsync(copy with { RemoveSource = false });

        using (new PartialFile(Path.Combine(bench.Local, name)))
        {
            await bench.CopyAsync(copy);
            Assert.Equal("LocalFileInUse", Assert.Single(bench.Log.Errors).ErrorId);
            Assert.Equal(NapterFtpTransferStatus.Failed, Assert.Single(bench.Log.Transfers).Status);
            Assert.Equal([name, "a.dat"], Tree.Names(bench.Local));
            Assert.Equal(["a.dat"], Tree.Names(bench.Root));
        }

        await bench.CopyAsync(copy);
        Assert.Empty(bench.Log.Errors);
        Assert.Equal(["a.dat"], Tree.Names(bench.Local));
    }

    [Fact]
    public void A_partial_file_that_is_in_use_is_not_deleted()
    {
        using var scratch = new NapterFtp.Testing.ScratchFolder();
        var path = scratch.File("a.napterpart");
        using (new PartialFile(path))
        {
            Assert.ThrowsAny<IOException>(() => PartialFile.Delete(path));
            Assert.True(File.Exists(path));
        }

        PartialFile.Delete(path);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task The_source_is_removed_only_after_its_copy_is_in_place()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Make(bench.Root, files: 5, folders: 0);
        bench.Device.Faults.Arm(DeviceFault.TruncateData(10, "RETR") with { When = (_, path) => path.Contains("0002", StringComparison.Ordinal), Count = int.MaxValue });

        await bench.CopyAsync(bench.Pull() with { RemoveSource = true, Retry = RetryPolicy.None });

        Assert.Equal(["file0002.dat"], Tree.Names(bench.Root));
        Assert.Equal(4, Tree.Names(bench.Local).Length);
        Assert.Equal(4, bench.Log.Transfers.Count(transfer => transfer.SourceRemoved));
    }

    [Fact]
    public async Task An_upload_never_shows_under_its_own_name_before_it_is_whole()
    {
        var lines = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await using var bench = await ClientBench.StartAsync(change: options => options with { Transcript = (_, line) => lines.Enqueue(line) });
        Tree.Add(Path.Combine(bench.Local, "new.dat"), 3000);

        await bench.CopyAsync(bench.Push() with { Recurse = false });

        var stored = lines.Single(line => line.StartsWith("STOR ", StringComparison.Ordinal))["STOR ".Length..];
        Assert.EndsWith(PartialName.Suffix, stored, StringComparison.Ordinal);
        Assert.Equal([$"SIZE {stored}", $"RNFR {stored}", "RNTO /new.dat"], lines.Where(line => line[..4] is "SIZE" or "RNFR" or "RNTO"));
        Assert.Equal(["new.dat"], Tree.Names(bench.Root));
    }

    [Fact]
    public async Task What_a_killed_run_left_of_an_older_version_goes_once_the_file_is_here()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "a.dat"), 5000);
        Tree.Add(Path.Combine(bench.Local, PartialName.For("a.dat", "d:21", "/a.dat", 4000, null)), 100);
        Tree.Add(Path.Combine(bench.Local, PartialName.For("b.dat", "d:21", "/b.dat", 4000, null)), 100);

        await bench.CopyAsync(bench.Pull());

        Assert.Equal(2, Tree.Names(bench.Local).Length);
        Assert.Contains("a.dat", Tree.Names(bench.Local));
    }

    [Fact]
    public async Task WhatIf_lists_what_would_be_done_with_listing_connections_only()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Make(bench.Root, files: 10, folders: 2);
        var asked = new List<string>();
        bench.Log.Approves = (action, target) =>
        {
            asked.Add($"{action} {target}");
            return false;
        };

        await bench.CopyAsync(bench.Pull());

        Assert.Equal(10, asked.Count(text => text.StartsWith("Copy to", StringComparison.Ordinal)));
        Assert.Empty(bench.Log.Transfers);
        Assert.Empty(Directory.EnumerateFileSystemEntries(bench.Local));
        Assert.Equal(3, bench.Device.Counters.DataConnections);
    }

    [Fact]
    public async Task Existing_files_are_skipped_replaced_when_newer_or_reported_as_asked()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "old.dat"), 10, new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Tree.Add(Path.Combine(bench.Root, "new.dat"), 20, new DateTime(2024, 6, 1, 0, 0, 0, DateTimeKind.Utc));
        Tree.Add(Path.Combine(bench.Local, "old.dat"), 1, new DateTime(2024, 3, 1, 0, 0, 0, DateTimeKind.Utc));
        Tree.Add(Path.Combine(bench.Local, "new.dat"), 1, new DateTime(2024, 3, 1, 0, 0, 0, DateTimeKind.Utc));

        await bench.CopyAsync(bench.Pull() with { IfExists = NapterFtpIfExists.Error });
        Assert.All(bench.Log.Errors, error => Assert.Equal("DestinationExists", error.ErrorId));
        Assert.Equal(2, bench.Log.Errors.Count);
        await bench.CopyAsync(bench.Pull() with { IfExists = NapterFtpIfExists.Skip });
        Assert.Equal(2, bench.Log.Count(NapterFtpTransferStatus.Skipped));
        await bench.CopyAsync(bench.Pull() with { IfExists = NapterFtpIfExists.Newer });
        Assert.Equal("/new.dat", bench.Log.Transfers.Single(transfer => transfer.Status == NapterFtpTransferStatus.Copied).Source);
    }

    [Fact]
    public async Task One_named_file_may_go_to_a_name_of_its_own()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "log", "a.dat"), 10);
        var destination = Path.Combine(bench.Local, "b.dat");

        await bench.CopyAsync(bench.Pull("/log/a.dat") with { Destination = destination, Recurse = false });

        Assert.Equal(["b.dat"], Tree.Names(bench.Local));
        await bench.CopyAsync(bench.Push("/log/c.dat") with { Paths = [destination], Recurse = false });
        Assert.Equal(Encoding.UTF8.GetBytes("log/a.dat,log/c.dat"), Encoding.UTF8.GetBytes(string.Join(',', Tree.Names(bench.Root))));
    }
}
