using System.Management.Automation;
using System.Management.Automation.Language;

namespace NapterFtp.PowerShell.Tests;

/// <summary>What Tab inserts is an argument and nothing more, whatever a device, a person or a folder calls its things.</summary>
public sealed class CompletionTests : IClassFixture<CompletionTests.Bench>
{
    private readonly ModuleSession _session;
    private readonly string _folder = Guid.NewGuid().ToString("N")[..8];
    private readonly string _root;

    public CompletionTests(Bench bench)
    {
        (_session, _root) = (bench.Session, bench.Root.FullName);
        _session.Run("$global:ran = $null");
    }

    /// <summary>Each ends a quotation that is not written for it: PowerShell takes nine characters for quotation marks.</summary>
    public static TheoryData<string> Names =>
    [
        "it's here", "a'; $global:ran = 1; 'b", "a\u2018; $global:ran = 1; \u2018b", "a\u2019; $global:ran = 1; \u2019b",
        "a\u201A; $global:ran = 1; \u201Ab", "a\u201B; $global:ran = 1; \u201Bb", "a\u201C; $global:ran = 1; \u201Db",
        "a$($global:ran = 1)", "a`$b", "-Recurse", "\u2013Recurse", "a;b", "@a", "#a", "a{b}", "日本語.csv", "5kb",
    ];

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
        Put("it's here");
        Assert.Equal(
            $"'/{_folder}/it''s here'",
            Assert.Single(Complete($"Get-NapterFtpItem -Imsi $($sim.Imsi) -LiteralPath '/{_folder}/it''s")).CompletionText);
    }

    [Theory]
    [InlineData("line \u2019; $global:ran = 1; \u2019")]
    [InlineData("-Watch")]
    public void A_proxys_name_completes_to_the_argument_that_finds_it(string name)
    {
        _session.Run("$null = Start-NapterFtpProxy -Imsi $sim.Imsi -Port 0 -Name $args[0]", name);
        Assert.Empty(_session.Errors);
        var text = Assert.Single(Complete("Get-NapterFtpProxy -Name ")).CompletionText;
        Assert.Equal(name, ArgumentOf($"Get-NapterFtpProxy -Name {text}"));
        _session.Run("Get-NapterFtpProxy | Stop-NapterFtpProxy");
    }

    /// <summary>Has the device show one file, completes its path, and lists what the completed line names.</summary>
    private CompletionResult AssertFinds(string name, string parameter = "LiteralPath")
    {
        Put(name);
        var found = Assert.Single(Complete($"Get-NapterFtpItem -Imsi $($sim.Imsi) -{parameter} /{_folder}/"));
        var line = $"Get-NapterFtpItem -Imsi $sim.Imsi -{parameter} {found.CompletionText}";
        _ = ArgumentOf(line);
        Assert.Equal(name, _session.RunOne(line).Text("Name"));
        Assert.Equal("True", _session.RunOne("$null -eq $global:ran").ToString());
        return found;
    }

    /// <summary>Puts a file into this test's folder on the device.</summary>
    private void Put(string name) => File.WriteAllText(Path.Join(Directory.CreateDirectory(Path.Join(_root, _folder)).FullName, name), "content");

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

    /// <summary>A session with a device, for all tests here.</summary>
    public sealed class Bench : IDisposable
    {
        public Bench()
        {
            Session.Run("$sim = Start-NapterSimulator -RootPath $args[0]; Connect-Napter -Simulator $sim", Root.FullName);
            Assert.Empty(Session.Errors);
        }

        internal ModuleSession Session { get; } = new();

        internal DirectoryInfo Root { get; } = Directory.CreateTempSubdirectory("napterftp-completion-");

        public void Dispose()
        {
            Session.Run("Disconnect-Napter; Stop-NapterSimulator $sim");
            Session.Dispose();
            Root.Delete(recursive: true);
        }
    }
}
