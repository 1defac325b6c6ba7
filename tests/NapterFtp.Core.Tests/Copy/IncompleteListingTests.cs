namespace NapterFtp.Core.Tests.Copy;

/// <summary>What a device did not list is not gone: nothing is deleted on a guess.</summary>
public sealed class IncompleteListingTests
{
    [Fact]
    public async Task A_line_that_is_not_understood_is_warned_of_and_nothing_below_its_folder_is_deleted()
    {
        await using var bench = new OddBench(new OddServer().With("/a/one.txt", "/a/two.txt", "/b/three.txt"));
        bench.Server.Lines = (verb, folder) =>
            folder == "/a" ? bench.Server.LinesOf(verb, folder).Select(line => line.Contains("two", StringComparison.Ordinal) ? "?? two.txt 12 ??" : line) : null;
        bench.WriteLocal("a/two.txt");
        bench.WriteLocal("a/deep/four.txt");
        bench.WriteLocal("b/gone.txt");

        await bench.CopyAsync(bench.Mirror());

        Assert.Equal(["a/deep/four.txt", "a/one.txt", "a/two.txt", "b/three.txt"], bench.LocalFiles());
        Assert.Contains("?? two.txt 12 ??", Assert.Single(bench.Warnings), StringComparison.Ordinal);
        Assert.Contains("'/a'", bench.Warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_push_that_mirrors_deletes_nothing_in_a_folder_that_was_listed_in_part()
    {
        await using var bench = new OddBench(new OddServer().With("/a/one.txt", "/a/two.txt", "/b/three.txt"));
        bench.Server.Lines = (verb, folder) => folder == "/a" ? bench.Server.LinesOf(verb, folder).Append("?? more ??") : null;
        bench.WriteLocal("a/two.txt");

        await bench.CopyAsync(bench.MirrorToDevice());

        Assert.Contains("/a/one.txt", bench.Server.Files.Keys);
        Assert.DoesNotContain("/b/three.txt", bench.Server.Files.Keys);
        Assert.Contains(bench.Warnings, warning => warning.Contains("?? more ??", StringComparison.Ordinal));
    }
}
