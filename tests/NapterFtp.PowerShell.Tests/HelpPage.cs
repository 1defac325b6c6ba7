using System.Text.RegularExpressions;

namespace NapterFtp.PowerShell.Tests;

/// <summary>A cmdlet's page in docs/en-US, in platyPS's schema of 2024-05-01.</summary>
internal sealed partial class HelpPage(string text)
{
    public static HelpPage Read(string command) =>
        new(File.ReadAllText(Path.Join(Repository.Root, "docs", "en-US", command + ".md")).ReplaceLineEndings("\n"));

    /// <summary>Each example's title and text.</summary>
    public IReadOnlyList<string> Examples => [.. Parts("EXAMPLES").Select(part => $"{part.Title} {part.Text}")];

    public IReadOnlyList<HelpParameter> Parameters =>
        [.. Parts("PARAMETERS").Where(part => part.Title.StartsWith('-')).Select(part => ReadParameter(part.Title[1..], part.Text))];

    /// <summary>The text below a heading.</summary>
    public string Section(string heading) =>
        Regex.Match(text, $@"^## {heading}\n(.*?)(?=^## |\z)", RegexOptions.Multiline | RegexOptions.Singleline).Groups[1].Value.Trim();

    private IEnumerable<(string Title, string Text)> Parts(string heading) =>
        Part().Matches(Section(heading)).Select(match => (match.Groups[1].Value, match.Groups[2].Value));

    private static HelpParameter ReadParameter(string name, string part)
    {
        var start = part.IndexOf("```yaml", StringComparison.Ordinal);
        var yaml = part[start..];
        return new HelpParameter(
            name,
            Value(yaml, "Type"),
            [.. List(yaml, "Aliases").Order(StringComparer.Ordinal)],
            Value(yaml, "SupportsWildcards") == "true",
            [.. ParameterSet().Matches(yaml).Select(match => match.Value).Select(set => new HelpParameterSet(
                Value(set, "- Name"),
                Value(set, "  Position"),
                Value(set, "  IsRequired") == "true",
                Value(set, "  ValueFromPipeline") == "true",
                Value(set, "  ValueFromPipelineByPropertyName") == "true")).OrderBy(set => set.Name, StringComparer.Ordinal)],
            part[..start].Trim());
    }

    private static string Value(string yaml, string key) =>
        Regex.Match(yaml, $"^{key}: (.*)$", RegexOptions.Multiline).Groups[1].Value.Trim('\'', '"', ' ');

    private static IEnumerable<string> List(string yaml, string key) =>
        Regex.Match(yaml, $@"^{key}:\n((?:- .*\n)*)", RegexOptions.Multiline).Groups[1].Value
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line[2..]);

    [GeneratedRegex(@"^### ([^\n]+)\n(.*?)(?=^### |\z)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Part();

    [GeneratedRegex(@"^- Name: .*\n(?:  .*\n)*", RegexOptions.Multiline)]
    private static partial Regex ParameterSet();
}

/// <summary>A parameter as a page describes it; its text apart, two are the same where they are written the same.</summary>
internal sealed record HelpParameter(
    string Name, string Type, IReadOnlyList<string> Aliases, bool Wildcards, IReadOnlyList<HelpParameterSet> Sets, string Text)
{
    public override string ToString() =>
        $"{Name} {Type} aliases: {string.Join(", ", Aliases)} wildcards: {Wildcards} sets: {string.Join("; ", Sets)}";
}

internal sealed record HelpParameterSet(string Name, string Position, bool Required, bool FromPipeline, bool ByPropertyName);
