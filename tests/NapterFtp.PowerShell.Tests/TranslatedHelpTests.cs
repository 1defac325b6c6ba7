using System.Text.RegularExpressions;

namespace NapterFtp.PowerShell.Tests;

/// <summary>The Japanese pages and help describe the same cmdlets, parameters and examples as the English ones.
/// <c>build.ps1 -Task Docs</c> makes the help of the pages, which are written by hand.</summary>
public sealed partial class TranslatedHelpTests
{
    private static readonly string Pages = Path.Join(Repository.Root, "docs", "ja-JP");
    private static readonly string Help = Path.Join(Repository.Root, "ja-JP");
    private static readonly IReadOnlyDictionary<string, MamlHelp> Translated = MamlHelp.Read("ja-JP");

    public static TheoryData<string> Commands => [.. MamlHelp.All.Keys];

    [Fact]
    public void Every_cmdlet_has_a_page_and_nothing_else_has()
    {
        Assert.Equal(
            MamlHelp.All.Keys.Order(StringComparer.Ordinal),
            Directory.GetFiles(Pages, "*-*.md").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal));
        Assert.Equal(MamlHelp.All.Keys, Translated.Keys);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void The_page_has_the_examples_of_the_English_one(string command)
    {
        var english = File.ReadAllText(Path.Join(Repository.Root, "docs", "en-US", command + ".md"));
        var section = Regex.Match(english.ReplaceLineEndings("\n"), @"^## EXAMPLES\n(.*?)^## ", RegexOptions.Multiline | RegexOptions.Singleline);
        Assert.Equal(Code(section.Value), Code(Page(command)));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void The_help_is_the_English_one_with_every_text_in_Japanese(string command)
    {
        var (english, japanese) = (MamlHelp.All[command], Translated[command]);
        Assert.Equal(english.Structure, japanese.Structure);
        Assert.Equal(english.Examples.Count, japanese.Examples.Count);
        string[] texts = [japanese.Synopsis, japanese.Description, .. japanese.Examples, .. japanese.Parameters.Values];
        Assert.All(texts, text => Assert.Matches(Kana(), text));
        Assert.Equal(english.Notes.Length > 0, Kana().IsMatch(japanese.Notes));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void The_help_says_what_the_page_says(string command)
    {
        var help = Translated[command];
        var said = Words(string.Join(' ', [help.Synopsis, help.Description, help.Notes, .. help.Examples, .. help.Parameters.Values]));
        Assert.All(Page(command).Split("\n\n").Where(part => !part.StartsWith("## ", StringComparison.Ordinal)), part =>
            Assert.Contains(Words(part), said, StringComparison.Ordinal));
        var (own, shared) = (Parameters(Page(command)), Parameters(Page("parameters")));
        Assert.All(help.Parameters, parameter => Assert.Equal(
            Words(own.GetValueOrDefault(parameter.Key) ?? shared.GetValueOrDefault(parameter.Key, string.Empty)), Words(parameter.Value)));
    }

    [Fact]
    public void No_page_describes_a_parameter_that_there_is_not()
    {
        Assert.All(MamlHelp.All, command => Assert.Empty(Parameters(Page(command.Key)).Keys.Except(command.Value.Parameters.Keys)));
        Assert.Empty(Parameters(Page("parameters")).Keys.Except(MamlHelp.All.Values.SelectMany(help => help.Parameters.Keys)));
    }

    [Fact]
    public void The_about_topics_have_the_code_of_the_English_ones_and_say_what_their_pages_say()
    {
        foreach (var english in Directory.GetFiles(Path.Join(Repository.Root, "docs", "en-US"), "about_*.md"))
        {
            var topic = Path.GetFileNameWithoutExtension(english);
            Assert.Equal(Code(File.ReadAllText(english).ReplaceLineEndings("\n")), Code(Page(topic)));
            Assert.Equal(
                Words("TOPIC\n" + Page(topic)).ToUpperInvariant(),
                Words(File.ReadAllText(Path.Join(Help, topic + ".help.txt"))).ToUpperInvariant());
        }
    }

    [Fact]
    public void Get_Help_shows_it_where_the_users_language_is_Japanese()
    {
        using var session = new ModuleSession();
        var help = session.RunOne("[cultureinfo]::CurrentUICulture = 'ja-JP'; Get-Help Connect-Napter");
        Assert.Equal(Translated["Connect-Napter"].Synopsis, help.Text("Synopsis").Trim());
        var about = session.RunOne("[cultureinfo]::CurrentUICulture = 'ja-JP'; Get-Help about_NapterFtp").ToString();
        Assert.Contains("オンデマンドリモートアクセス", about, StringComparison.Ordinal);
    }

    private static string Page(string name) => File.ReadAllText(Path.Join(Pages, name + ".md")).ReplaceLineEndings("\n");

    private static IEnumerable<string> Code(string text) => CodeBlock().Matches(text).Select(match => match.Groups[1].Value);

    private static Dictionary<string, string> Parameters(string page) =>
        Parameter().Matches(page).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);

    /// <summary>A text without the marks of its form and without spaces, which differ with the form in Japanese.</summary>
    private static string Words(string text) => Mark().Replace(text, string.Empty);

    [GeneratedRegex(@"^```\w*$|^#+ (?:-\w+)?|[\s`*-]", RegexOptions.Multiline)]
    private static partial Regex Mark();

    [GeneratedRegex(@"```powershell\n(.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"^### -(\w+)\n(.*?)(?=^##|\z)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Parameter();

    [GeneratedRegex(@"[\p{IsHiragana}\p{IsKatakana}]")]
    private static partial Regex Kana();
}
