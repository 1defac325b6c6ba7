using System.Text.RegularExpressions;

namespace NapterFtp.PowerShell.Tests;

/// <summary>Scripts match on error identifiers: the troubleshooting topic lists each that the code has, with its category.</summary>
/// <remarks>In the code an identifier stands right before its kind; that is what makes it findable here.</remarks>
public sealed partial class ErrorIdTests
{
    private static readonly string[] Sources =
        [.. new[] { "NapterFtp.Core", "NapterFtp.PowerShell" }
            .SelectMany(project => Directory.GetFiles(Path.Join(Repository.Root, "src", project), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Select(File.ReadAllText)];

    [Theory]
    [InlineData("en-US")]
    [InlineData("ja-JP")]
    public void The_troubleshooting_topic_lists_every_error_identifier_with_its_category(string language)
    {
        var page = File.ReadAllText(Path.Join(Repository.Root, "docs", language, "about_NapterFtp_Troubleshooting.md"));
        var listed = Listed().Matches(page)
            .SelectMany(match => match.Groups[2].Value.Split(", ").Select(category => $"{match.Groups[1].Value} {category}"))
            .Order(StringComparer.Ordinal)
            .ToArray();

        var known = Known().ToArray();
        Assert.True(known.Length > 100, "Hardly any identifiers are found in the code.");
        Assert.Equal(known, listed);
    }

    /// <summary>Else an identifier could escape the list.</summary>
    [Fact]
    public void Every_error_has_its_identifier_right_before_its_kind()
    {
        var strangers = Sources.SelectMany(source => FirstArgument().Matches(source)).Select(match => match.Groups[1].Value)
            .Where(argument => !argument.StartsWith('"') && argument is not ("errorId" or "id" or "found.ErrorId"));
        Assert.Empty(strangers);
        Assert.DoesNotContain(Sources, LonelyParameter().IsMatch);
    }

    private static IEnumerable<string> Known()
    {
        var categories = Sources.SelectMany(source => Categories().Matches(source)).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
        var constants = Sources.SelectMany(source => Constants().Matches(source)).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
        return Sources.SelectMany(source => IdentifiersAndKinds().Matches(source))
            .SelectMany(match => match.Groups["kind"].Captures.Select(kind =>
                $"{(match.Groups["constant"].Success ? constants[match.Groups["constant"].Value] : match.Groups["id"].Value)} {categories[kind.Value]}"))
            .Distinct()
            .Order(StringComparer.Ordinal);
    }

    [GeneratedRegex(@"^- (\w+) \(([\w, ]+)\): ", RegexOptions.Multiline)]
    private static partial Regex Listed();

    [GeneratedRegex(@"(?:""(?<id>[A-Z]\w+)""|\b(?<constant>[A-Z]\w*Id)),\s*(?:[\w.]+ \? )?NapterFtpErrorKind\.(?<kind>\w+)(?: : NapterFtpErrorKind\.(?<kind>\w+))?")]
    private static partial Regex IdentifiersAndKinds();

    [GeneratedRegex(@"new (?:NapterFtpException|SoracomApiException)\(\s*([^,]+),")]
    private static partial Regex FirstArgument();

    [GeneratedRegex(@"string errorId,(?!\s*NapterFtpErrorKind kind)")]
    private static partial Regex LonelyParameter();

    [GeneratedRegex(@"const string (\w+Id) = ""(\w+)""")]
    private static partial Regex Constants();

    [GeneratedRegex(@"NapterFtpErrorKind\.(\w+) => ErrorCategory\.(\w+)")]
    private static partial Regex Categories();
}
