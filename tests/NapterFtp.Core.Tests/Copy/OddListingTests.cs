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

    private static OddServer Offering(params string[] verbs)
    {
        var server = new OddServer();
        server.Unknown.ExceptWith(["FEAT", .. verbs]);
        return server;
    }
}
