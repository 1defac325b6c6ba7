using NapterFtp.Copy;
using NapterFtp.Simulator.Device;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>Nothing is deleted or lost on a guess, and no failure holds up what has nothing to do with it.</summary>
public sealed class LostFileTests
{
    private const int Hang = 60_000;

    [Theory(Timeout = Hang)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task An_unexpected_failure_of_one_transfer_fails_that_file_and_the_others_are_copied(int sessions)
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Make(bench.Root, files: 12, folders: 0);
        var dials = 0;
        bench.Dialer.DataTrouble = () => Interlocked.Increment(ref dials) == 5 ? new InvalidOperationException("Never thought of.") : null;

        await bench.CopyAsync(bench.Pull() with { SessionLimit = sessions }).WaitAsync(TestContext.Current.CancellationToken);

        var failed = Assert.Single(bench.Log.Transfers, transfer => transfer.Status == NapterFtpTransferStatus.Failed);
        Assert.Equal("UnexpectedTransferFailure", Assert.Single(bench.Log.Errors).ErrorId);
        Assert.Contains("Never thought of.", failed.Error, StringComparison.Ordinal);
        Assert.Equal(11, bench.Log.Count(NapterFtpTransferStatus.Copied));
        Assert.Equal(11, Tree.Names(bench.Local).Length);
    }

    [Fact(Timeout = Hang)]
    public async Task A_session_that_is_lost_for_good_leaves_its_files_to_the_others()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Make(bench.Root, files: 30, folders: 0);

        // The first session breaks at its first file, once there is a second; from then on the device takes no further one.
        bench.Device.Faults.Arm(DeviceFault.DropControl("RETR") with
        {
            When = (_, path) => path.Contains("file0000", StringComparison.Ordinal) && SpinWait.SpinUntil(() => bench.Device.Counters.CountOf("TYPE") == 2, Hang / 4),
        });
        bench.Device.Faults.Arm(DeviceFault.RefuseSession() with { Skip = 2, Count = int.MaxValue });

        await bench.CopyAsync(bench.Pull() with { SessionLimit = 2 }).WaitAsync(TestContext.Current.CancellationToken);

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(30, bench.Log.Count(NapterFtpTransferStatus.Copied));
        Tree.AssertSame(bench.Root, bench.Local);
    }

    [Theory]
    [InlineData("550 File exists.", "STOR")]
    [InlineData("553 Not allowed.", "STOR")]
    public async Task A_device_that_does_not_rename_onto_a_file_keeps_one_of_the_two_at_every_moment(string refusal, string verb)
    {
        var lines = new List<string>();
        await using var bench = await ClientBench.StartAsync(change: options => options with { Transcript = (_, line) => Add(lines, line) });
        Tree.Add(Path.Combine(bench.Root, "a.dat"), 400);
        Tree.Add(Path.Combine(bench.Local, "a.dat"), 3000);
        bench.Device.Faults.Arm(DeviceFault.ReplyInstead("RNTO", refusal) with { Count = int.MaxValue });

        await bench.CopyAsync(bench.Push());

        Assert.Empty(bench.Log.Errors);
        Tree.AssertSame(bench.Local, bench.Root);
        var commands = lines.Where(line => line.EndsWith("/a.dat", StringComparison.Ordinal) || line.EndsWith(PartialName.Suffix, StringComparison.Ordinal)).ToList();
        Assert.DoesNotContain("DELE /a.dat", commands);
        Assert.Contains($"{verb} /a.dat", commands);

        // What was stored aside goes only once the file has its own name.
        Assert.StartsWith("DELE /.a.dat.", commands[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rename_that_was_done_although_the_device_says_no_is_seen()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "a.dat"), 400);
        Tree.Add(Path.Combine(bench.Local, "a.dat"), 3000);

        // As by a device that complains of something else once it has renamed.
        bench.Device.Faults.Arm(DeviceFault.ReplyInstead("RNTO", "550 Cannot set the owner.") with { When = (_, path) => Rename(bench.Root, path), Count = int.MaxValue });

        await bench.CopyAsync(bench.Push());

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(NapterFtpTransferStatus.Copied, Assert.Single(bench.Log.Transfers).Status);
        Assert.Equal(1, bench.Device.Counters.CountOf("STOR"));
        Tree.AssertSame(bench.Local, bench.Root);
    }

    [Fact]
    public async Task A_rename_whose_answer_is_lost_is_looked_for_before_anything_is_sent_again()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Local, "a.dat"), 3000);
        bench.Device.Faults.Arm(DeviceFault.DropControl("RNTO") with { When = (_, path) => Rename(bench.Root, path) });

        await bench.CopyAsync(bench.Push());

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(NapterFtpTransferStatus.Copied, Assert.Single(bench.Log.Transfers).Status);
        Assert.Equal(1, bench.Device.Counters.CountOf("STOR"));
        Tree.AssertSame(bench.Local, bench.Root);
    }

    [Fact]
    public async Task A_push_that_can_neither_rename_nor_store_leaves_the_old_file_and_the_new_one_aside()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "a.dat"), 400);
        Tree.Add(Path.Combine(bench.Local, "a.dat"), 3000);
        bench.Device.Faults.Arm(DeviceFault.ReplyInstead("RNTO", "550 File exists.") with { Count = int.MaxValue });
        bench.Device.Faults.Arm(DeviceFault.FailData(100, "451 Local error.", "STOR") with { When = (_, path) => path == "/a.dat", Count = int.MaxValue });

        await bench.CopyAsync(bench.Push() with { RemoveSource = true });

        var error = Assert.Single(bench.Log.Errors);
        var aside = Assert.Single(Tree.Names(bench.Root), name => name != "a.dat");
        Assert.Contains(aside, error.Advice, StringComparison.Ordinal);
        Assert.Equal(Tree.Hash(Path.Combine(bench.Local, "a.dat")), Tree.Hash(Path.Combine(bench.Root, aside)));
        Assert.Equal(["a.dat"], Tree.Names(bench.Local));
    }

    [Fact(Timeout = Hang)]
    public async Task Hashing_what_is_there_of_a_huge_file_ends_when_it_is_cancelled()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Files with holes take room there.");
        const long Huge = 1L << 40;
        await using var bench = await ClientBench.StartAsync();
        var source = Path.Combine(bench.Root, "huge.dat");
        MakeHoles(source, Huge + 5000);
        var plan = new PlannedTransfer
        {
            ToDevice = false,
            RemotePath = "/huge.dat",
            LocalPath = Path.Combine(bench.Local, "huge.dat"),
            Length = Huge + 5000,
            Modified = new DateTimeOffset(File.GetLastWriteTimeUtc(source).Ticks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero),
        };
        MakeHoles(FilePull.PartialPath(plan, "001010000000001:21"), Huge);
        using var stop = new CancellationTokenSource();
        bench.Device.Faults.Arm(DeviceFault.ChangeFile(_ => stop.CancelAfter(TimeSpan.FromMilliseconds(200)), "RETR"));
        await using var client = bench.NewClient();

        var copying = DeviceCopy.RunAsync(client, bench.Pull("/huge.dat") with { IfExists = NapterFtpIfExists.Resume, Hash = true }, bench.Log, stop.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => copying.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Equal(1, bench.Device.Counters.CountOf("REST"));
    }

    [Fact]
    public async Task Of_two_devices_that_copy_into_one_folder_neither_removes_what_the_other_would_overwrite()
    {
        await using var first = await ClientBench.StartAsync();
        await using var second = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(first.Root, "a.dat"), 10);
        Tree.Add(Path.Combine(second.Root, "a.dat"), 20);
        Tree.Add(Path.Combine(second.Root, "b.dat"), 30);
        second.Imsi = "001010000000002";
        var claims = new DestinationClaims();

        await first.CopyAsync(first.Pull() with { RemoveSource = true, Claims = claims });
        await second.CopyAsync(second.Pull() with { Destination = first.Local, RemoveSource = true, Claims = claims });

        Assert.Empty(first.Log.Errors);
        var error = Assert.Single(second.Log.Errors);
        Assert.Equal("DestinationConflict", error.ErrorId);
        Assert.Contains("001010000000001", error.Message, StringComparison.Ordinal);
        Assert.Contains("001010000000002", error.Message, StringComparison.Ordinal);
        Assert.Equal(10, new FileInfo(Path.Combine(first.Local, "a.dat")).Length);
        Assert.Equal(["a.dat"], Tree.Names(second.Root));
    }

    [Fact]
    public async Task A_redial_that_fails_gives_back_its_port()
    {
        await using var bench = await ClientBench.StartAsync(DeviceProfiles.Default with { KeepsPassivePort = true });
        Tree.Make(bench.Root, files: 2, folders: 0);

        // The listing and the first file go well; then the port seems to have gone, and the fresh one does not work either.
        var dials = 0;
        bench.Dialer.DataTrouble = () => Interlocked.Increment(ref dials) is 3 or 4 ? new NapterFtpException("GatewayReset", NapterFtpErrorKind.Connection, "Gone.") : null;

        await bench.CopyAsync(bench.Pull());

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(2, bench.Log.Count(NapterFtpTransferStatus.Copied));

        // Control port, data port, the fresh one, and one for the session's new data port.
        Assert.Equal(4, bench.Api.Creates);
    }

    private static bool Rename(string root, string path)
    {
        var from = Directory.GetFiles(root, "*" + PartialName.Suffix, new EnumerationOptions { AttributesToSkip = 0 }).SingleOrDefault();
        if (from is not null)
        {
            File.Move(from, Path.Combine(root, path.TrimStart('/')), overwrite: true);
        }

        return true;
    }

    private static void Add(List<string> lines, string line)
    {
        lock (lines)
        {
            lines.Add(line);
        }
    }

    private static void MakeHoles(string path, long length)
    {
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        RandomAccess.SetLength(file, length);
    }
}
