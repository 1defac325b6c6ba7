using System.Text;
using NapterFtp.Copy;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>Names that mean something to a shell, to PowerShell or to Windows are names.</summary>
public sealed class OddNameTests
{
    private static readonly string[] Names =
    [
        "a[1].txt", "[x]", "it's.txt", "say \"hi\".txt", "back`tick.txt", "-rf", "--help.txt", "📈 log.csv", "温度.csv", "dots...", ".hidden", "NUL", "com1.log",
        "a b  c.txt", " leading.txt", "semi;colon.txt", "a;size=1; b.txt", "total 12", "~user", "$HOME.txt", "%TEMP%.txt", "*.txt", "what?.txt", "a{b}.txt", "12:30.csv",
        "Jan 15 10:22 x", "a -> b", "#1.txt", "&amp;.txt", "\u00E9tat.txt", "...", "x'y\"z`w",
    ];

    [Theory]
    [InlineData("MLSD")]
    [InlineData("LIST")]
    [InlineData("NLST")]
    public async Task Every_name_is_listed_fetched_and_left_unchanged(string verb)
    {
        var server = new OddServer();
        if (verb == "MLSD")
        {
            server.Unknown.ExceptWith(["FEAT", "MLSD"]);
        }
        else if (verb == "NLST")
        {
            server.Unknown.Add("LIST");
        }

        var names = Names.Where(name => LocalNames.Fault(name, OperatingSystem.IsWindows()) is null).ToArray();
        server.With([.. names.Select(name => "/" + Wire(name)), .. names.Take(4).Select(name => $"/folder {Wire(name)}/{Wire(name)}")]);
        await using var bench = new OddBench(server);

        await bench.CopyAsync(bench.Mirror());

        Assert.Empty(bench.Log.Errors);
        Assert.Empty(bench.Warnings);
        Assert.Equal(
            names.Concat(names.Take(4).Select(name => $"folder {name}/{name}")).Order(StringComparer.Ordinal), bench.LocalFiles());
        await bench.CopyAsync(bench.Mirror());
        Assert.Equal(4 + names.Length, bench.Log.Count(NapterFtpTransferStatus.Skipped));

        // Each by its own name, taken literally.
        await using var session = await bench.Client.OpenSessionAsync(forTransfer: false, TestContext.Current.CancellationToken);
        foreach (var name in names)
        {
            Assert.Equal("/" + name, (await FolderLister.FindAsync(session, "/" + name, TestContext.Current.CancellationToken))?.FullName);
        }
    }

    private static string Wire(string name) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(name));
}
