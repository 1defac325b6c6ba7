using System.Management.Automation;
using NapterFtp.Testing;

namespace NapterFtp.PowerShell.Tests;

/// <summary>Names that PowerShell, a shell or a file system reads as something else.</summary>
public sealed class TrapTests : IDisposable
{
    private static readonly string[] Names =
    [
        "a[1].txt", "[z-a].txt", "[open.txt", "it's \"quoted\".txt", "‘typographic’.txt", "back`tick.txt", "-Recurse", "--", "$(Get-Date).txt", "100 %.txt", "{Imsi}.txt",
        "🚀 rocket.txt", "dots...", "ends with a blank ", "CON", "nul.txt", "a&b;c|d.txt", "#hash.txt", "@at.txt", "~", "comma,s.txt",
    ];

    private readonly ModuleSession _session = new();
    private readonly ScratchFolder _root = new();
    private readonly ScratchFolder _local = new();

    public TrapTests()
    {
        // On Windows not even the device's folder can hold all of them.
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows' file system does not have these names.");
        foreach (var name in Names)
        {
            File.WriteAllText(_root.File(name), name);
        }

        // What the names would mean as patterns.
        File.WriteAllText(_root.File("a1.txt"), "bait");
        _session.Run("$root, $out = $args; $sim = Start-NapterSimulator -RootPath $root; Connect-Napter -Simulator $sim; $to = @{ Imsi = $sim.Imsi }", _root.Path, _local.Path);
        Assert.Empty(_session.Errors);
    }

    public void Dispose()
    {
        _session.Run("Disconnect-Napter; Stop-NapterSimulator $sim");
        _session.Dispose();
        _root.Dispose();
        _local.Dispose();
    }

    [Fact]
    public void Whatever_Get_lists_Copy_copies_by_that_very_name()
    {
        var results = _session.Run("Get-NapterFtpItem @to -Path / | Copy-NapterFtpItem -Destination $out/pulled/");

        Assert.Empty(_session.Errors);
        Assert.All(results, result => Assert.Equal("Copied", result.Text("Status")));
        Assert.Equal(Names.Append("a1.txt").Order(StringComparer.Ordinal), Directory.EnumerateFiles(_local.File("pulled")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(Names, name => Assert.Equal(name, File.ReadAllText(_local.File("pulled/" + name))));
    }

    [Fact]
    public void Whatever_Get_lists_Remove_removes_and_nothing_else()
    {
        _session.Run("Get-NapterFtpItem @to -Path / | Where-Object Name -ne 'a1.txt' | Remove-NapterFtpItem -Confirm:$false");

        Assert.Empty(_session.Errors);
        Assert.Equal(["a1.txt"], Directory.EnumerateFiles(_root.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Whatever_Get_lists_Rename_renames_also_to_such_a_name()
    {
        _session.Run("Get-NapterFtpItem @to -Path / | Rename-NapterFtpItem -NewName { \"[new] $($_.Name)\" }");

        Assert.Empty(_session.Errors);
        Assert.Equal(
            Names.Append("a1.txt").Select(name => "[new] " + name).Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(_root.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(Names, name => Assert.Equal(name, File.ReadAllText(_root.File("[new] " + name))));
    }

    [Fact]
    public void Whatever_file_is_piped_in_Copy_sends_by_that_very_name()
    {
        Directory.CreateDirectory(_local.File("up"));
        foreach (var name in Names)
        {
            File.WriteAllText(_local.File("up/" + name), name + " up");
        }

        _session.Run("[IO.DirectoryInfo]::new(\"$out/up\").GetFiles() | Copy-NapterFtpItem @to -ToDevice -Destination /up/");

        Assert.Empty(_session.Errors);
        Assert.All(Names, name => Assert.Equal(name + " up", File.ReadAllText(_root.File("up/" + name))));
    }

    [Fact]
    public void A_name_that_is_given_literally_is_taken_literally_on_both_sides()
    {
        foreach (var name in Names)
        {
            _session.Run("param($name) Copy-NapterFtpItem @to -LiteralPath \"/$name\" -Destination $out/one/", name);
            Assert.Empty(_session.Errors);
            Assert.Equal(name, File.ReadAllText(_local.File("one/" + name)));
            _session.Run("param($name) Copy-NapterFtpItem @to -ToDevice -LiteralPath \"$out/one/$name\" -Destination /back/", name);
            Assert.Empty(_session.Errors);
            Assert.Equal(name, File.ReadAllText(_root.File("back/" + name)));
        }
    }

    [Theory]
    [InlineData("Get-NapterFtpItem @to -Path '/[z-a].txt'")]
    [InlineData("Copy-NapterFtpItem @to -Path '/[z-a].txt' -Destination $out")]
    [InlineData("Copy-NapterFtpItem @to -ToDevice -Path \"$out/[z-a].txt\" -Destination /")]
    [InlineData("Remove-NapterFtpItem @to -Path '/[z-a].txt' -Confirm:$false")]
    [InlineData("Get-NapterFtpItem @to -Path / -Filter '[z-a]*'")]
    [InlineData("Get-NapterFtpItem @to -Path / -Include '[z-a]*'")]
    [InlineData("Get-NapterFtpItem @to -Path / -Exclude '[z-a]*'")]
    public void A_pattern_that_is_none_is_an_invalid_argument_and_the_error_names_LiteralPath(string command)
    {
        _session.Run(command);

        var error = Assert.Single(_session.Errors);
        Assert.StartsWith("InvalidWildcard,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.InvalidArgument, error.CategoryInfo.Category);
        Assert.Contains("-LiteralPath", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Get-NapterFtpItem @to -Path '/a[2].txt'")]
    [InlineData("Copy-NapterFtpItem @to -Path '/a[2].txt' -Destination $out")]
    [InlineData("Copy-NapterFtpItem @to -ToDevice -Path \"$root/a[2].txt\" -Destination /up/")]
    [InlineData("Remove-NapterFtpItem @to -Path '/a[2].txt' -Confirm:$false")]
    public void A_name_taken_for_a_pattern_that_matches_nothing_else_is_pointed_out(string command)
    {
        File.WriteAllText(_root.File("a[2].txt"), "meant");

        _session.Run(command);

        var error = Assert.Single(_session.Errors);
        Assert.StartsWith("NameTakenForWildcard,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.InvalidArgument, error.CategoryInfo.Category);
        Assert.Contains("-LiteralPath", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.True(File.Exists(_root.File("a[2].txt")));
    }
}
