using System.Text;
using Microsoft.Win32.SafeHandles;
using NapterFtp.Copy;
using NapterFtp.Core.Tests.Faults;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>This computer's side, by the rules of its system or of another that stands in for it.</summary>
public sealed class LocalFileTests
{
    private static readonly DateTime Long = new(1970, 1, 1, 0, 0, 10, DateTimeKind.Utc);

    [Fact]
    public async Task Two_sources_of_one_local_file_are_both_refused_before_the_first_byte()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "a", "x.dat"), 10);
        Tree.Add(Path.Combine(bench.Root, "b", "x.dat"), 20);
        Tree.Add(Path.Combine(bench.Root, "b", "y.dat"), 30);

        await bench.CopyAsync(bench.Pull() with { Paths = ["/a/x.dat", "/b/x.dat", "/b/y.dat"], Recurse = false, RemoveSource = true });

        Assert.Equal(2, bench.Log.Errors.Count);
        Assert.All(bench.Log.Errors, error => Assert.Equal("DestinationConflict", error.ErrorId));
        Assert.All(bench.Log.Errors, error => Assert.True(error.Message.Contains("/a/x.dat", StringComparison.Ordinal) && error.Message.Contains("/b/x.dat", StringComparison.Ordinal)));
        Assert.Equal(["y.dat"], Tree.Names(bench.Local));
        Assert.Equal(1, bench.Device.Counters.CountOf("RETR"));
        Assert.Equal(["a/x.dat", "b/x.dat"], Tree.Names(bench.Root));
    }

    [Fact]
    public async Task A_file_that_is_named_twice_is_copied_once()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "a.dat"), 10);

        await bench.CopyAsync(bench.Pull() with { Paths = ["/a.dat", "/*.dat"], Recurse = false });

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(NapterFtpTransferStatus.Copied, Assert.Single(bench.Log.Transfers).Status);
    }

    [Fact]
    public async Task A_device_of_this_computer_is_not_replaced()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "a.dat"), 10);
        Tree.Add(Path.Combine(bench.Local, "null"), 1);

        var toDevice = bench.Pull() with { Paths = ["/a.dat"], Destination = Path.Combine(bench.Local, "null"), Files = new OtherSystem { IsDeviceFile = path => path.EndsWith("null", StringComparison.Ordinal) } };
        await bench.CopyAsync(toDevice);

        Assert.Equal("LocalFileError", Assert.Single(bench.Log.Errors).ErrorId);
        Assert.Equal(0, bench.Device.Counters.CountOf("RETR"));
        Assert.Equal(["null"], Tree.Names(bench.Local));
        Assert.Equal(1, new FileInfo(Path.Combine(bench.Local, "null")).Length);
    }

    [Fact]
    public async Task A_device_and_a_pipe_are_told_from_files_also_from_empty_ones()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows keeps its devices in no folder.");
        using var folder = new ScratchFolder();
        var (pipe, empty) = (folder.File("pipe"), folder.File("empty"));
        Assert.True((await ProcessRunner.RunAsync(new ProcessCommand("mkfifo", pipe), TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Succeeded);
        File.WriteAllBytes(empty, []);

        Assert.True(LocalFileSystem.Native.IsDevice("/dev/null"));
        Assert.True(LocalFileSystem.Native.IsDevice(pipe));
        Assert.False(LocalFileSystem.Native.IsDevice("/dev/no-such-device"));
        Assert.False(LocalFileSystem.Native.IsDevice(empty));
        Assert.False(LocalFileSystem.Native.IsDevice(typeof(LocalFileTests).Assembly.Location));
    }

    [Fact]
    public async Task Names_that_differ_by_case_alone_are_one_file_where_the_file_system_says_so()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The device's own files cannot differ by case alone here.");
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "LOG.csv"), 10);
        Tree.Add(Path.Combine(bench.Root, "log.csv"), 20);

        await bench.CopyAsync(bench.Pull() with { Files = new OtherSystem(new LocalNameRules(IgnoresCase: true, IgnoresForm: false)) });

        Assert.Equal(2, bench.Log.Errors.Count(error => error.ErrorId == "DestinationConflict"));
        Assert.Empty(Tree.Names(bench.Local));
        await bench.CopyAsync(bench.Pull() with { Files = new OtherSystem(new LocalNameRules(IgnoresCase: false, IgnoresForm: false)) });
        Assert.Equal(2, bench.Log.Count(NapterFtpTransferStatus.Copied));
    }

    [Fact]
    public void What_a_file_system_takes_for_the_same_name_is_found_by_looking()
    {
        using var folder = new NapterFtp.Testing.ScratchFolder();
        File.WriteAllText(folder.File("caf\u00E9.txt"), "");

        var rules = LocalNameRules.LookAt(folder.File("not/yet/there"));

        Assert.Equal(File.Exists(folder.File("CAF\u00C9.TXT")), rules.IgnoresCase);
        Assert.Equal(File.Exists(folder.File("cafe\u0301.txt")), rules.IgnoresForm);
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task A_mirror_does_not_delete_a_file_whose_name_the_file_system_writes_in_another_form()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "caf\u00E9.dat"), 10);

        // As older Macs do: an accent becomes a character of its own.
        var files = new OtherSystem(new LocalNameRules(IgnoresCase: true, IgnoresForm: true)) { OnMove = (from, to) => File.Move(from, to.Normalize(NormalizationForm.FormD), overwrite: true) };
        var mirror = bench.Pull("/") with { Sync = NapterFtpSyncMode.Mirror, Files = files };
        await bench.CopyAsync(mirror);
        Assert.Equal(["cafe\u0301.dat"], Tree.Names(bench.Local));
        Tree.Add(Path.Combine(bench.Local, "gone.dat"), 10);

        await bench.CopyAsync(mirror);

        Assert.EndsWith("gone.dat", Assert.Single(bench.Log.Transfers, transfer => transfer.Status == NapterFtpTransferStatus.Deleted).Destination, StringComparison.Ordinal);
        Assert.Equal(["cafe\u0301.dat"], Tree.Names(bench.Local));
    }

    [Fact]
    public async Task A_destination_that_a_program_closes_soon_is_replaced()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "a.dat"), 5000);
        Tree.Add(Path.Combine(bench.Local, "a.dat"), 10);
        var tries = 0;
        var files = new OtherSystem { OnMove = (from, to) => Move(from, to, ++tries < 4) };

        await using var time = new FastTime();
        await CopyAsync(bench, bench.Pull() with { Files = files }, time);

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(4, tries);
        Tree.AssertSame(bench.Root, bench.Local);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_destination_that_stays_open_is_an_error_of_its_own_and_the_next_run_fetches_nothing_again(bool denied)
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "a.dat"), 500_000);
        Tree.Add(Path.Combine(bench.Local, "a.dat"), 10);
        var isOpen = true;
        var files = new OtherSystem { OnMove = (from, to) => Move(from, to, isOpen, denied) };
        var pull = bench.Pull() with { Files = files, Hash = true, RemoveSource = true };
        await using var time = new FastTime();
        var began = time.GetTimestamp();

        await CopyAsync(bench, pull, time);

        var error = Assert.Single(bench.Log.Errors);
        Assert.Equal("LocalFileInUse", error.ErrorId);
        Assert.Contains("Close the program that has it open", error.Advice, StringComparison.Ordinal);
        Assert.InRange(time.GetElapsedTime(began), TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(20));
        Assert.Equal(10, new FileInfo(Path.Combine(bench.Local, "a.dat")).Length);
        Assert.True(File.Exists(Path.Combine(bench.Root, "a.dat")));

        isOpen = false;
        var hash = Tree.Hash(Path.Combine(bench.Root, "a.dat"));
        bench.Log.Clear();
        await CopyAsync(bench, pull, time);

        Assert.Empty(bench.Log.Errors);
        var transfer = Assert.Single(bench.Log.Transfers);
        Assert.Equal((NapterFtpTransferStatus.Copied, 0, true, true, hash), (transfer.Status, transfer.Transferred, transfer.Verified, transfer.SourceRemoved, transfer.Hash));
        Assert.Equal(1, bench.Device.Counters.CountOf("RETR"));
        Assert.Equal(["a.dat"], Tree.Names(bench.Local));
        Assert.Equal(hash, Tree.Hash(Path.Combine(bench.Local, "a.dat")));
    }

    [Fact]
    public async Task What_was_kept_of_an_older_version_is_not_taken_for_the_new_one()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "a.dat"), 5000);
        Tree.Add(Path.Combine(bench.Local, "a.dat"), 10);
        var isOpen = true;
        var pull = bench.Pull() with { Files = new OtherSystem { OnMove = (from, to) => Move(from, to, isOpen) } };
        await using var time = new FastTime();
        await CopyAsync(bench, pull, time);
        Tree.Add(Path.Combine(bench.Root, "a.dat"), 5001);
        isOpen = false;

        await CopyAsync(bench, pull, time);

        Tree.AssertSame(bench.Root, bench.Local);
    }

    [Fact]
    public async Task Before_anything_is_fetched_it_is_looked_whether_the_destination_can_be_replaced()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "a.dat"), 5000);
        Tree.Add(Path.Combine(bench.Local, "a.dat"), 10);

        await bench.CopyAsync(bench.Pull() with { Files = new OtherSystem { OnLook = _ => true } });

        Assert.Equal("LocalFileInUse", Assert.Single(bench.Log.Errors).ErrorId);
        Assert.Equal(0, bench.Device.Counters.CountOf("RETR"));
        Assert.Equal(3, Assert.Single(bench.Log.Transfers).Attempts);
        Assert.Equal(["a.dat"], Tree.Names(bench.Local));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_whose_time_the_file_system_refuses_is_kept_and_not_copied_again(bool refusesAll)
    {
        // A device whose clock has stopped says 1970, which FAT does not know.
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "a.dat"), 5000, Long);
        var files = new OtherSystem { OnSetTime = (file, time) => SetTime(file, time, refusesAll) };
        var sync = bench.Pull("/") with { Sync = NapterFtpSyncMode.Update, Files = files };

        await bench.CopyAsync(sync);

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(NapterFtpTransferStatus.Copied, Assert.Single(bench.Log.Transfers).Status);
        Tree.AssertSame(bench.Root, bench.Local);
        if (!refusesAll)
        {
            await bench.CopyAsync(sync);
            Assert.Equal(NapterFtpTransferStatus.Skipped, Assert.Single(bench.Log.Transfers).Status);
        }
    }

    private static void SetTime(SafeFileHandle file, DateTimeOffset time, bool refusesAll)
    {
        if (refusesAll || time.Year < 1980)
        {
            throw new IOException("The parameter is incorrect.");
        }

        File.SetLastWriteTimeUtc(file, time.UtcDateTime);
    }

    /// <summary>Replaces as Windows does where a program has the destination open, or not.</summary>
    private static void Move(string from, string to, bool isOpen, bool denied = false)
    {
        if (isOpen && File.Exists(to))
        {
            throw denied ? new UnauthorizedAccessException("Access to the path is denied.") : new IOException("The process cannot access the file.", unchecked((int)0x80070020));
        }

        File.Move(from, to, overwrite: true);
    }

    private static async Task CopyAsync(ClientBench bench, CopyOptions options, TimeProvider time)
    {
        await using var client = bench.NewClient(time);
        await DeviceCopy.RunAsync(client, options, bench.Log, TestContext.Current.CancellationToken);
    }

    /// <summary>Stands in for another system's file system.</summary>
    private sealed class OtherSystem(LocalNameRules? names = null) : LocalFileSystem
    {
        public Action<string, string>? OnMove { get; init; }

        public Action<SafeFileHandle, DateTimeOffset>? OnSetTime { get; init; }

        public Func<string, bool> OnLook { get; init; } = _ => false;

        public Func<string, bool> IsDeviceFile { get; init; } = _ => false;

        public override bool IsDevice(string path) => IsDeviceFile(path);

        public override void Move(string from, string to) => (OnMove ?? base.Move)(from, to);

        public override void SetTime(SafeFileHandle file, DateTimeOffset time) => (OnSetTime ?? base.SetTime)(file, time);

        public override bool IsOpenElsewhere(string path) => OnLook(path);

        public override bool MayBeInUse(Exception exception, string path) => base.MayBeInUse(exception, path) || exception is UnauthorizedAccessException;

        public override LocalNameRules NamesAt(string folder) => names ?? base.NamesAt(folder);
    }
}
