using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>Folders that may be entered and not read. Some servers list them as they list empty ones.</summary>
public sealed class UnreadableFolderTests
{
    private const UnixFileMode EnteredOnly = UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute;

    [Theory]
    [InlineData("proftpd", NapterFtpListingFormat.Auto)]
    [InlineData("proftpd", NapterFtpListingFormat.List)]
    [InlineData("proftpd", NapterFtpListingFormat.Nlst)]
    [InlineData("pure-ftpd", NapterFtpListingFormat.Auto)]
    [InlineData("pure-ftpd", NapterFtpListingFormat.List)]
    [InlineData("pure-ftpd", NapterFtpListingFormat.Nlst)]
    public async Task The_local_copy_of_a_folder_that_a_server_may_not_read_is_kept(string name, NapterFtpListingFormat format)
    {
        var kind = RealServerKind.Find(name);
        Peers.Require(kind);
        using var device = new ScratchFolder();
        TestData.WriteFile(device.File("closed/data.txt"), 100, seed: 1);
        TestData.WriteFile(device.File("open/data.txt"), 100, seed: 2);
        await using var server = await RealServer.StartAsync(kind, device, TestContext.Current.CancellationToken);
        await using var bench = ClientBench.For(device, server);
        bench.Options = bench.Options with { ListingFormat = format };
        var pull = bench.Pull("/") with { Sync = NapterFtpSyncMode.Mirror };
        await bench.CopyAsync(pull);
        Assert.Empty(bench.Log.Errors);

        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(device.File("closed"), EnteredOnly);
        }

        await bench.CopyAsync(pull);

        Assert.True(File.Exists(Path.Combine(bench.Local, "closed", "data.txt")));
    }

    [Theory]
    [InlineData("proftpd", NapterFtpListingFormat.Auto)]
    [InlineData("proftpd", NapterFtpListingFormat.List)]
    [InlineData("proftpd", NapterFtpListingFormat.Nlst)]
    [InlineData("pure-ftpd", NapterFtpListingFormat.List)]
    [InlineData("vsftpd", NapterFtpListingFormat.List)]
    public async Task An_empty_folder_of_a_server_is_known_as_empty(string name, NapterFtpListingFormat format)
    {
        var kind = RealServerKind.Find(name);
        Peers.Require(kind);
        using var device = new ScratchFolder();
        device.Folder("empty");
        await using var server = await RealServer.StartAsync(kind, device, TestContext.Current.CancellationToken);
        await using var bench = ClientBench.For(device, server);
        bench.Options = bench.Options with { ListingFormat = format };
        TestData.WriteFile(Path.Combine(bench.Local, "empty", "gone.txt"), 10, seed: 3);

        await bench.CopyAsync(bench.Pull("/") with { Sync = NapterFtpSyncMode.Mirror });

        Assert.Empty(bench.Log.Errors);
        Assert.False(File.Exists(Path.Combine(bench.Local, "empty", "gone.txt")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_folder_that_lists_nothing_is_doubted_only_where_the_device_knows_the_option_for_all_names(bool knows)
    {
        // The folder "a" is not read, which the device tells by nothing but the missing dot.
        await using var bench = new OddBench(new OddServer().With("/a/one.txt", "/b/three.txt", "/c/"));
        var options = 0;
        bench.Server.Options = (option, folder) =>
        {
            options++;
            return !knows ? null : folder == "/a" ? [] : bench.Server.LinesOf("LIST", folder).Prepend("drwxr-xr-x 2 ftp ftp 0 Jan  2  2024 .");
        };
        bench.Server.Lines = (_, folder) => folder == "/a" ? [] : null;
        bench.WriteLocal("a/one.txt");

        await bench.CopyAsync(bench.Mirror());

        Assert.Equal(knows, File.Exists(bench.LocalPath("a", "one.txt")));

        // In "a", in its parent, and in "c"; where it is not known, not again.
        Assert.Equal(knows ? 3 : 2, options);
    }

    /// <summary>All that a parent's listing can say for an empty folder, it says here of one that is not.</summary>
    [Fact]
    public async Task What_a_parents_listing_says_of_a_refused_folder_proves_nothing()
    {
        await using var bench = new OddBench(new OddServer().With("/a/one.txt", "/b/three.txt"));
        bench.Server.Unknown.ExceptWith(["FEAT", "MLSD", "MLST"]);
        var inA = false;
        bench.Server.Reply = (verb, argument) =>
        {
            inA = verb == "CWD" ? argument == "/a" : inA;
            return verb is "LIST" or "NLST" or "MLSD" or "STAT" && (argument == "/a" || (inA && argument.Length == 0)) ? "550 No files found."
                : argument is "-a" or "-R" or "-aR" ? "550 No such file."
                : null;
        };
        bench.Server.Lines = (verb, folder) => folder != "/" ? null
            : verb == "MLSD" ? ["type=dir;size=0;sizd=0;perm=flcdmpe;UNIX.mode=0755; a", "type=dir;perm=el; b"]
            : ["drwxr-xr-x 2 ftp ftp 0 Jan  2  2024 a", "drwxr-xr-x 2 ftp ftp 4096 Jan  2  2024 b"];
        bench.WriteLocal("a/one.txt");

        await bench.CopyAsync(bench.Mirror());

        Assert.Equal(["a/one.txt", "b/three.txt"], bench.LocalFiles());
        Assert.Contains("'/a'", Assert.Single(bench.Warnings), StringComparison.Ordinal);
        Assert.DoesNotContain(bench.Server.Received, line => line.StartsWith("LIST -R", StringComparison.Ordinal));
    }
}
