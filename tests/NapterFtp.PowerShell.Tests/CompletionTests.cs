using System.Management.Automation;
using System.Management.Automation.Language;

namespace NapterFtp.PowerShell.Tests;

/// <summary>What Tab inserts is an argument and nothing more, whatever a device, a person or a folder calls its things.</summary>
public sealed class CompletionTests : IDisposable
{
    private readonly ModuleSession _session = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("napterftp-completion-");

    /// <summary>Each ends a quotation that is not written for it: PowerShell takes nine characters for quotation marks.</summary>
    public static TheoryData<string> Names =>
    [
        "it's here", "a'; $global:ran = 1; 'b", "a\u2018; $global:ran = 1; \u2018b", "a\u2019; $global:ran = 1; \u2019b",
        "a\u201A; $global:ran = 1; \u201Ab", "a\u201B; $global:ran = 1; \u201Bb", "a\u201C; $global:ran = 1; \u201Db",
        "a$($global:ran = 1)", "a`$b", "-Recurse", "\u2013Recurse", "a;b", "@a", "#a", "a{b}", "日本語.csv", "5kb",
    ];

    public void Dispose()
    {
        _session.Run("Disconnect-Napter; Stop-NapterSimulator $sim");
        _session.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_name_on_the_device_completes_to_the_argument_that_finds_it(string name) => AssertFinds(name);

    [Fact]
    public void A_name_with_an_escape_sequence_completes_to_the_argument_that_finds_it_and_is_shown_without()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such file names.");
        var found = AssertFinds("\u001b]0;owned\u0007\u202Efile");
        Assert.Equal("\uFFFD]0;owned\uFFFD\uFFFDfile", found.ListItemText);
        Assert.DoesNotContain(found.ToolTip, char.IsControl);
        Assert.DoesNotContain(found.CompletionText, char.IsControl);
    }

    [Fact]
    public void A_name_with_wildcards_completes_for_Path_to_the_pattern_that_finds_it()
    {
        var found = AssertFinds("a[1]\u2019.csv", "Path");
        Assert.Equal("a[1]\u2019.csv", found.ListItemText);
    }

    [Fact]
    public void What_is_typed_after_a_quotation_mark_is_completed_too()
    {
        StartWith("it's here");
        Assert.Equal("'/it''s here'", Assert.Single(Complete($"Get-NapterFtpItem -Imsi $($sim.Imsi) -LiteralPath '/it''s")).CompletionText);
    }

    [Theory]
    [InlineData("line \u2019; $global:ran = 1; \u2019")]
    [InlineData("-Watch")]
    public void A_proxys_name_completes_to_the_argument_that_finds_it(string name)
    {
        StartWith("a");
        _session.Run("$null = Start-NapterFtpProxy -Imsi $sim.Imsi -Port 0 -Name $args[0]", name);
        Assert.Empty(_session.Errors);
        var text = Assert.Single(Complete("Get-NapterFtpProxy -Name ")).CompletionText;
        Assert.Equal(name, ArgumentOf($"Get-NapterFtpProxy -Name {text}"));
        _session.Run("Get-NapterFtpProxy | Stop-NapterFtpProxy");
    }

    /// <summary>Has the device show one file, completes its path, and lists what the completed line names.</summary>
    private CompletionResult AssertFinds(string name, string parameter = "LiteralPath")
    {
        StartWith(name);
        var found = Assert.Single(Complete($"Get-NapterFtpItem -Imsi $($sim.Imsi) -{parameter} /"));
        var line = $"Get-NapterFtpItem -Imsi $sim.Imsi -{parameter} {found.CompletionText}";
        _ = ArgumentOf(line);
        Assert.Equal(name, _session.RunOne(line).Text("Name"));
        Assert.Equal("True", _session.RunOne("$null -eq $global:ran").ToString());
        return found;
    }

    private void StartWith(string name)
    {
        File.WriteAllText(Path.Join(_folder.FullName, name), "content");
        _session.Run("$sim = Start-NapterSimulator -RootPath $args[0]; Connect-Napter -Simulator $sim", _folder.FullName);
        Assert.Empty(_session.Errors);
    }

    private CompletionResult[] Complete(string line) =>
        [.. _session.Run("$line = $ExecutionContext.InvokeCommand.ExpandString($args[0]); (TabExpansion2 $line $line.Length).CompletionMatches", line)
            .Select(match => (CompletionResult)match.BaseObject)];

    /// <summary>The line's last argument, where the line is one command with constant arguments.</summary>
    private static string ArgumentOf(string line)
    {
        var script = Parser.ParseInput(line, out _, out var errors);
        Assert.Empty(errors);
        var statement = Assert.Single(script.EndBlock.Statements);
        var command = Assert.IsType<CommandAst>(Assert.Single(Assert.IsType<PipelineAst>(statement).PipelineElements));
        Assert.Empty(script.FindAll(ast => ast is SubExpressionAst, searchNestedScriptBlocks: true));
        return Assert.IsAssignableFrom<StringConstantExpressionAst>(command.CommandElements[^1]).Value;
    }
}
