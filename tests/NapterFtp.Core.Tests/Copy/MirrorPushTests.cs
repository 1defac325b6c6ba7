using NapterFtp.Copy;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>What a push that mirrors takes for gone, and what it leaves on the device.</summary>
public sealed class MirrorPushTests
{
    [Fact]
    public async Task A_file_that_is_too_old_to_be_sent_is_not_deleted_on_the_device()
    {
        await using var bench = new OddBench(new OddServer().With("/log/old.txt", "/log/gone.txt"));
        bench.WriteLocal("log/old.txt");
        bench.WriteLocal("log/new.txt");
        File.SetLastWriteTimeUtc(bench.LocalPath("log", "old.txt"), new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc));

        await bench.CopyAsync(bench.MirrorToDevice() with { Filter = new ItemFilter(modifiedAfter: new DateTimeOffset(2023, 1, 1, 0, 0, 0, TimeSpan.Zero)) });

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(["/log/new.txt", "/log/old.txt"], bench.Server.FileNames);
        Assert.Equal("content of /log/old.txt"u8, bench.Server.Files["/log/old.txt"]);
    }

    [Fact]
    public async Task What_the_device_writes_in_another_case_is_not_deleted_once_it_is_sent()
    {
        await using var bench = new OddBench(new OddServer { IgnoresCase = true }.With("/CONFIG.TXT", "/SUB/X.TXT", "/SUB/GONE.TXT"));
        bench.WriteLocal("config.txt", "new");
        bench.WriteLocal("Sub/x.txt", "newer");

        await bench.CopyAsync(bench.MirrorToDevice());

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(["/CONFIG.TXT", "/SUB/X.TXT"], bench.Server.FileNames);
        Assert.Equal("new"u8, bench.Server.Files["/config.txt"]);
        Assert.Equal("newer"u8, bench.Server.Files["/sub/x.txt"]);
    }

    [Theory]
    [InlineData(NapterFtpIfExists.Skip)]
    [InlineData(NapterFtpIfExists.Error)]
    public async Task What_the_device_writes_in_another_case_is_there_for_a_push_that_replaces_nothing(NapterFtpIfExists ifExists)
    {
        await using var bench = new OddBench(new OddServer { IgnoresCase = true }.With("/SUB/CONFIG.TXT"));
        bench.WriteLocal("sub/config.txt");

        await bench.CopyAsync(bench.Push() with { IfExists = ifExists });

        Assert.Equal("content of /SUB/CONFIG.TXT"u8, bench.Server.Files["/SUB/CONFIG.TXT"]);
        Assert.Equal(ifExists == NapterFtpIfExists.Skip ? NapterFtpTransferStatus.Skipped : NapterFtpTransferStatus.Failed, Assert.Single(bench.Log.Transfers).Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Names_that_differ_by_case_are_two_files_only_for_a_device_that_says_so(bool tells)
    {
        await using var bench = new OddBench(new OddServer().With("/CONFIG.TXT", "/gone.txt"));
        bench.WriteLocal("config.txt");
        if (!tells)
        {
            bench.Server.Unknown.Add("SIZE");
        }

        await bench.CopyAsync(bench.MirrorToDevice());

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(tells ? ["/config.txt"] : ["/CONFIG.TXT", "/config.txt"], bench.Server.FileNames);
        Assert.Equal(!tells, bench.Told.Any(line => line.Contains("'/CONFIG.TXT' is left", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Files_that_differ_by_case_alone_are_not_sent_to_a_device_for_which_they_are_one(bool ignoresCase)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The files here cannot differ by case alone.");
        await using var bench = new OddBench(new OddServer { IgnoresCase = ignoresCase }.With("/other.txt"));
        bench.WriteLocal("sub/log.txt", "one");
        bench.WriteLocal("sub/LOG.txt", "two");

        await bench.CopyAsync(bench.Push() with { RemoveSource = true });

        Assert.Equal(ignoresCase ? 2 : 0, bench.Log.Errors.Count(error => error.ErrorId == "DestinationConflict"));
        Assert.Equal(ignoresCase ? 2 : 0, bench.LocalFiles().Count());
        Assert.Equal(ignoresCase ? ["/other.txt"] : ["/other.txt", "/sub/LOG.txt", "/sub/log.txt"], bench.Server.FileNames);
    }

    [Fact]
    public async Task A_pipe_or_a_device_among_the_files_is_left_out_and_holds_nothing_up()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Unix has pipes among files.");
        await using var bench = new OddBench(new OddServer().With("/pipe", "/gone.txt"));
        bench.WriteLocal("a.txt");
        bench.WriteLocal("empty.txt", "");
        File.CreateSymbolicLink(bench.LocalPath("null"), "/dev/null");
        Assert.True((await ProcessRunner.RunAsync(new ProcessCommand("mkfifo", bench.LocalPath("pipe")), TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Succeeded);

        await bench.CopyAsync(bench.MirrorToDevice());

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(["/a.txt", "/empty.txt", "/pipe"], bench.Server.FileNames);
        Assert.Equal(2, bench.Log.Count(NapterFtpTransferStatus.Skipped));
    }

    [Fact]
    public async Task A_folder_that_may_not_be_looked_into_is_told_and_the_others_are_sent()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "Root may look into any folder, and Windows has other rights.");
        await using var bench = new OddBench(new OddServer());
        bench.WriteLocal("one/locked/a.txt");
        bench.WriteLocal("one/other/c.txt");
        bench.WriteLocal("two/b.txt");
        var locked = bench.LocalPath("one", "locked");
        SetMode(locked, UnixFileMode.None);

        await bench.CopyAsync(bench.Push() with { Paths = [bench.LocalPath("one"), bench.LocalPath("two")] });

        SetMode(locked, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.Equal("LocalAccessDenied", Assert.Single(bench.Log.Errors).ErrorId);
        Assert.Equal(["/one/other/c.txt", "/two/b.txt"], bench.Server.FileNames);
    }

    [Fact]
    public async Task A_local_folder_that_may_not_be_looked_into_hinders_no_mirror_of_the_others()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "Root may look into any folder, and Windows has other rights.");
        await using var bench = new OddBench(new OddServer().With("/new.txt"));
        bench.WriteLocal("gone/old.txt");
        bench.WriteLocal("locked/old.txt");
        var locked = bench.LocalPath("locked");
        SetMode(locked, UnixFileMode.None);

        await bench.CopyAsync(bench.Mirror());

        SetMode(locked, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.Equal("LocalAccessDenied", bench.Log.Errors[0].ErrorId);
        Assert.Equal(["locked/old.txt", "new.txt"], bench.LocalFiles());
    }

    [Fact]
    public async Task A_file_that_goes_while_the_others_are_looked_at_is_an_error_of_its_own()
    {
        await using var bench = new OddBench(new OddServer().With("/gone.txt"));
        bench.WriteLocal("a.txt");
        bench.WriteLocal("b.txt");
        bench.Server.Lines = (_, _) =>
        {
            File.Delete(bench.LocalPath("b.txt"));
            return null;
        };

        await bench.CopyAsync(bench.MirrorToDevice());

        Assert.Equal("LocalItemNotFound", Assert.Single(bench.Log.Errors).ErrorId);
        Assert.Equal(["/a.txt", "/gone.txt"], bench.Server.FileNames);
    }

    [Fact]
    public async Task What_a_link_on_the_device_leads_to_is_not_deleted_where_only_LIST_shows_the_link()
    {
        // As pyftpdlib, whose MLSD tells of a link what it leads to.
        var server = new OddServer { Features = " MLSD\r\n SIZE\r\n" }.With("/copy/link/precious.txt", "/copy/old/gone.txt");
        server.Unknown.ExceptWith(["FEAT", "MLSD"]);
        server.Lines = (verb, folder) => verb == "LIST" && folder == "/copy"
            ? ["lrwxrwxrwx 1 ftp ftp 7 Jan  2  2024 link -> ../keep", "drwxr-xr-x 1 ftp ftp 0 Jan  2  2024 old"]
            : null;
        await using var bench = new OddBench(server);
        bench.WriteLocal("a.txt");

        await bench.CopyAsync(bench.MirrorToDevice("/copy"));

        Assert.Contains("/copy/link/precious.txt", server.FileNames);
        Assert.DoesNotContain("/copy/old/gone.txt", server.FileNames);
    }

    private static void SetMode(string folder, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder, mode);
        }
    }
}
