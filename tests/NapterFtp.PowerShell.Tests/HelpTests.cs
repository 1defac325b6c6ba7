using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text.RegularExpressions;

namespace NapterFtp.PowerShell.Tests;

/// <summary>The pages in docs/en-US, the help that Get-Help reads, and the cmdlets of the built module say the same.
/// Where they don't, <c>build.ps1 -Task Docs</c> brings pages and help up to date; new text is to be written by hand.</summary>
public sealed partial class HelpTests
{
    private static readonly string Pages = Path.Join(Repository.Root, "docs", "en-US");
    private static readonly string Help = Path.Join(Repository.Root, "en-US");

    [Fact]
    public void Every_cmdlet_has_a_page_and_help_and_nothing_else_has()
    {
        var commands = Commands().Select(command => command.Name).Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(commands, Directory.GetFiles(Pages, "*-*.md").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal));
        Assert.Equal(commands, MamlHelp.All.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_parameter_is_described_as_it_is()
    {
        foreach (var command in Commands())
        {
            var page = HelpPage.Read(command.Name);
            var help = MamlHelp.All[command.Name];
            var expected = Own(command).Select(Describe).Order(StringComparer.Ordinal).ToArray();
            Assert.Equal(expected, page.Parameters.Select(parameter => parameter.ToString()).Order(StringComparer.Ordinal));
            Assert.Equal(Own(command).Select(parameter => parameter.Name).Order(StringComparer.Ordinal), help.Parameters.Keys.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Every_parameter_set_is_in_the_syntax_once()
    {
        foreach (var command in Commands())
        {
            var syntax = HelpPage.Read(command.Name).Section("SYNTAX");
            Assert.Equal(command.ParameterSets.Count, SyntaxBlock().Count(syntax));
            foreach (var set in command.ParameterSets)
            {
                var shown = SyntaxBlock().Matches(syntax).Single(match => command.ParameterSets.Count == 1 || match.Groups["name"].Value == set.Name);
                Assert.Equal(
                    set.Parameters.Select(parameter => parameter.Name).Where(IsOwn).Order(StringComparer.Ordinal),
                    ParameterName().Matches(shown.Groups["syntax"].Value).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal));
            }
        }
    }

    [Theory]
    [InlineData("en-US")]
    [InlineData("ja-JP")]
    public void Examples_are_numbered_from_one_on(string language) => Assert.All(
        MamlHelp.Read(language).Values,
        help => Assert.Equal(
            Enumerable.Range(1, help.Examples.Count).Select(number => $"{number}"),
            help.Examples.Select(example => ExampleNumber().Match(example).Value)));

    [Fact]
    public void The_help_says_what_the_page_says()
    {
        foreach (var command in Commands())
        {
            var page = HelpPage.Read(command.Name);
            var help = MamlHelp.All[command.Name];
            Assert.Equal(Words(page.Section("SYNOPSIS")), Words(help.Synopsis));
            Assert.Equal(Words(page.Section("DESCRIPTION")), Words(help.Description));
            Assert.Equal(Words(page.Section("NOTES")), Words(help.Notes));
            Assert.All(page.Parameters, parameter => Assert.Equal(Words(parameter.Text), Words(help.Parameters[parameter.Name])));
            Assert.Equal(page.Examples.Select(Words), help.Examples.Select(Words));
        }
    }

    [Fact]
    public void Get_Help_reads_it_in_a_built_checkout()
    {
        using var session = new ModuleSession();
        Assert.Equal(MamlHelp.All["Connect-Napter"].Synopsis, session.RunOne("Get-Help Connect-Napter").Text("Synopsis").Trim());
        Assert.Contains("about_NapterFtp_Credentials", session.RunOne("Get-Help about_NapterFtp").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_left_to_be_filled_in()
    {
        Assert.All(Directory.GetFiles(Pages, "*.md"), path => Assert.DoesNotContain("{{ ", File.ReadAllText(path), StringComparison.Ordinal));
        foreach (var command in Commands())
        {
            var page = HelpPage.Read(command.Name);
            Assert.All(["SYNOPSIS", "DESCRIPTION", "INPUTS", "OUTPUTS"], section => Assert.NotEmpty(page.Section(section)));
            Assert.All(page.Parameters, parameter => Assert.NotEmpty(parameter.Text));
            Assert.True(page.Examples.Count >= 3, $"{command.Name} has fewer than three examples.");
        }
    }

    [Fact]
    public void Every_example_names_cmdlets_and_parameters_that_there_are()
    {
        var commands = Commands().ToDictionary(command => command.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var path in Directory.GetFiles(Pages, "*.md"))
        {
            foreach (Match block in CodeBlock().Matches(File.ReadAllText(path)))
            {
                var script = Parser.ParseInput(block.Groups[1].Value, out _, out var errors);
                Assert.Empty(errors);
                foreach (var used in script.FindAll(ast => ast is CommandAst, searchNestedScriptBlocks: true).Cast<CommandAst>())
                {
                    if (used.GetCommandName() is not { } name || !name.Contains("-Napter", StringComparison.Ordinal))
                    {
                        continue;
                    }

                    Assert.Contains(name, commands.Keys);
                    var parameters = used.CommandElements.OfType<CommandParameterAst>().Select(parameter => parameter.ParameterName);
                    Assert.All(parameters, parameter => Assert.Contains(parameter, commands[name].Parameters.Keys, StringComparer.OrdinalIgnoreCase));
                }
            }
        }
    }

    [Fact]
    public void The_about_topics_say_what_their_pages_say()
    {
        var pages = Directory.GetFiles(Pages, "about_*.md");
        Assert.NotEmpty(pages);
        Assert.Equal(
            pages.Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal),
            Directory.GetFiles(Help, "about_*.help.txt").Select(path => Path.GetFileName(path)[..^".help.txt".Length]).Order(StringComparer.Ordinal));
        foreach (var page in pages)
        {
            var topic = Path.Join(Help, Path.GetFileNameWithoutExtension(page) + ".help.txt");
            Assert.Equal(Words("TOPIC " + File.ReadAllText(page)).ToUpperInvariant(), Words(File.ReadAllText(topic)).ToUpperInvariant());
        }
    }

    private static CmdletInfo[] Commands()
    {
        using var session = new ModuleSession();
        return [.. session.Run("Get-Command -Module NapterFtp").Select(command => (CmdletInfo)command.BaseObject)];
    }

    private static IEnumerable<ParameterMetadata> Own(CmdletInfo command) => command.Parameters.Values.Where(parameter => IsOwn(parameter.Name));

    private static bool IsOwn(string parameter) => !PSCmdlet.CommonParameters.Contains(parameter);

    private static string Describe(ParameterMetadata parameter) => new HelpParameter(
        parameter.Name,
        TypeName(parameter.ParameterType),
        [.. parameter.Aliases.Order(StringComparer.Ordinal)],
        parameter.Attributes.Any(attribute => attribute is SupportsWildcardsAttribute),
        [.. parameter.ParameterSets.Select(set => new HelpParameterSet(
            set.Key == ParameterAttribute.AllParameterSets ? "(All)" : set.Key,
            set.Value.Position < 0 ? "Named" : $"{set.Value.Position}",
            set.Value.IsMandatory,
            set.Value.ValueFromPipeline,
            set.Value.ValueFromPipelineByPropertyName)).OrderBy(set => set.Name, StringComparer.Ordinal)],
        string.Empty).ToString();

    private static string TypeName(Type type) => Nullable.GetUnderlyingType(type) is { } inner
        ? $"System.Nullable`1[{inner.FullName}]"
        : type.FullName!;

    /// <summary>A text without the marks and line ends of its form.</summary>
    private static string Words(string text) => string.Join(
        ' ', Mark().Replace(text, " ").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    [GeneratedRegex(@"```\w*|[`*#]|\]\([^)]*\)|\[(?=[^\]]*\]\()")]
    private static partial Regex Mark();

    [GeneratedRegex(@"```powershell\n(.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"### (?<name>[^\n(]+?)(?: \(Default\))?\n\n```\n(?<syntax>.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex SyntaxBlock();

    [GeneratedRegex(@"(?<=^\D+)\d+(?=: )")]
    private static partial Regex ExampleNumber();

    [GeneratedRegex(@"[ \[]-(\w+)")]
    private static partial Regex ParameterName();
}
