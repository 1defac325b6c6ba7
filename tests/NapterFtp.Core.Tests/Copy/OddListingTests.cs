namespace NapterFtp.Core.Tests.Copy;

/// <summary>Devices whose listings, or whose words about one file, are not quite what RFC 3659 has them be.</summary>
public sealed class OddListingTests
{
    [Fact]
    public async Task Files_whose_facts_are_indented_are_mirrored_and_nothing_here_is_deleted()
    {
        await using var bench = new OddBench(Offering("MLSD").With("/a.txt", "/sub/b c.txt"));
        bench.Server.Lines = (verb, folder) => bench.Server.LinesOf(verb, folder).Select(line => " " + line);
        bench.WriteLocal("a.txt", "an older version");

        await bench.CopyAsync(bench.Mirror());

        Assert.Equal(["a.txt", "sub/b c.txt"], bench.LocalFiles());
        Assert.Equal("content of /a.txt", File.ReadAllText(bench.LocalPath("a.txt")));
        await bench.CopyAsync(bench.Mirror());
        Assert.Equal(2, bench.Log.Count(NapterFtpTransferStatus.Skipped));
    }

    [Fact]
    public async Task A_file_whose_facts_the_reply_to_MLST_indents_is_copied()
    {
        await using var bench = new OddBench(Offering("MLSD", "MLST").With("/a.txt"));
        bench.Server.Reply = (verb, _) => verb == "MLST" ? "250-MLST listing\r\n    size=17;type=file;modify=20240102030405; a.txt\r\n250 MLST end" : null;

        await bench.CopyAsync(bench.Pull("/a.txt") with { IsLiteral = true, Recurse = false });

        Assert.Equal("content of /a.txt", File.ReadAllText(bench.LocalPath("a.txt")));
        Assert.True(Assert.Single(bench.Log.Transfers).Verified);
    }

    [Theory]
    [InlineData("MLSD")]
    [InlineData("LIST")]
    [InlineData("NLST")]
    public async Task A_file_of_a_device_that_lets_every_name_be_entered_is_no_folder(string verb)
    {
        await using var bench = new OddBench(WithoutFolders(verb));

        await bench.CopyAsync(bench.Pull("/a.txt") with { IsLiteral = true, Recurse = false });
        Assert.Equal("content of /a.txt", File.ReadAllText(bench.LocalPath("a.txt")));
        Assert.Equal(["/a.txt", "/b.txt"], (await bench.FindAsync("/", recurse: true)).Select(entry => entry.FullName).Order(StringComparer.Ordinal));
        var error = await Assert.ThrowsAsync<NapterFtpException>(() => bench.FindAsync("/c.txt"));
        Assert.Equal("RemoteItemNotFound", error.ErrorId);
        Assert.Equal(1, bench.Server.Verbs.Count(sent => sent == "PWD"));
    }

    [Fact]
    public async Task A_folder_that_was_entered_is_one_and_that_is_asked_once()
    {
        await using var bench = new OddBench(new OddServer().With("/one/a.txt", "/two/b.txt"));

        Assert.Equal(["/one/a.txt"], (await bench.FindAsync("/one/")).Select(entry => entry.FullName));
        Assert.Equal(["/two/b.txt"], (await bench.FindAsync("/two/")).Select(entry => entry.FullName));
        Assert.Equal(1, bench.Server.Verbs.Count(sent => sent == "PWD"));
    }

    [Fact]
    public async Task A_link_to_a_folder_is_no_file_where_folders_have_a_size_too()
    {
        await using var bench = new OddBench(new OddServer().With("/a.txt", "/file", "/link/b.txt", "/sub/b.txt"));
        bench.Server.Lines = (verb, folder) => verb == "LIST" && folder == "/"
            ? bench.Server.LinesOf(verb, folder).Select(line => line.EndsWith(" file", StringComparison.Ordinal) || line.EndsWith(" link", StringComparison.Ordinal) ? $"l{line[1..]} -> x" : line)
            : null;
        bench.Server.Reply = (verb, argument) => (verb, argument) is ("SIZE", "/" or "/link") ? "213 4096" : null;

        await bench.CopyAsync(bench.Pull());

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(["a.txt", "file", "sub/b.txt"], bench.LocalFiles());
    }

    [Fact]
    public async Task Files_whose_names_the_listing_sets_off_by_blanks_are_copied_under_their_own()
    {
        await using var bench = new OddBench(new OddServer().With("/a.txt", "/sub/b c.txt", "/sub/d.txt", "/single/e.txt"));
        bench.Server.Lines = (verb, folder) => bench.Server.LinesOf(verb, folder).Select(line => line.Replace("2024 ", "2024      ", StringComparison.Ordinal));

        await bench.CopyAsync(bench.Pull());

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(["a.txt", "single/e.txt", "sub/b c.txt", "sub/d.txt"], bench.LocalFiles());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_named_in_another_case_is_the_one_that_the_device_finds_under_that_name(bool ignoresCase)
    {
        await using var bench = new OddBench(new OddServer { IgnoresCase = ignoresCase }.With("/LOG/DATA.CSV", "/LOG/OTHER.CSV"));

        await bench.CopyAsync(bench.Pull("/LOG/data.csv") with { IsLiteral = true, Recurse = false, RemoveSource = true });

        Assert.Equal(ignoresCase ? ["DATA.CSV"] : [], bench.LocalFiles());
        Assert.Equal(ignoresCase ? ["/LOG/OTHER.CSV"] : ["/LOG/DATA.CSV", "/LOG/OTHER.CSV"], bench.Server.Files.Keys);
        Assert.Equal(ignoresCase ? [] : ["RemoteItemNotFound"], bench.Log.Errors.Select(error => error.ErrorId));
    }

    [Theory]
    [InlineData("213 17")]
    [InlineData("213 a.txt 17")]
    [InlineData("213 File size: 17")]
    public async Task A_length_that_SIZE_puts_behind_words_is_read(string reply)
    {
        await using var bench = new OddBench(new OddServer { Reply = (verb, _) => verb == "SIZE" ? reply : null }.With("/a.txt"));
        bench.Server.Unknown.UnionWith(["LIST", "MDTM"]);

        Assert.Equal(17, Assert.Single(await bench.FindAsync("/")).Length);
    }

    private static OddServer Offering(params string[] verbs)
    {
        var server = new OddServer();
        server.Unknown.ExceptWith(["FEAT", .. verbs]);
        return server;
    }

    // As servers for microcontrollers whose file system knows no folders: CWD is granted, and leads nowhere.
    private static OddServer WithoutFolders(string verb)
    {
        var server = verb == "MLSD" ? new OddServer { Features = " MLSD\r\n" } : new OddServer();
        server.Unknown.ExceptWith(verb == "MLSD" ? ["FEAT", "MLSD"] : []);
        server.Unknown.UnionWith(verb == "NLST" ? ["LIST", "SIZE", "MDTM"] : ["MDTM"]);
        server.Reply = (sent, _) => sent == "CWD" ? "250 Ok. Current directory is /" : null;
        return server.With("/a.txt", "/b.txt");
    }
}
