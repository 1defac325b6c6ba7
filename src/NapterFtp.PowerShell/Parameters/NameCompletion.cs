using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text.RegularExpressions;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>Completes one of a list of names.</summary>
internal static partial class NameCompletion
{
    /// <summary>The names that begin with what is typed, quoted where they need it.</summary>
    /// <param name="word">What is typed.</param>
    /// <param name="names">Each name with its tooltip.</param>
    public static IEnumerable<CompletionResult> Complete(string word, IEnumerable<(string Name, string ToolTip)> names)
    {
        var wanted = Unquote(word);
        return names
            .Where(entry => entry.Name.StartsWith(wanted, StringComparison.OrdinalIgnoreCase))
            .OrderBy(entry => entry.Name, StringComparer.OrdinalIgnoreCase)
            .Select(entry => Result(Quote(entry.Name), entry.Name, CompletionResultType.ParameterValue, entry.ToolTip));
    }

    /// <summary>One completion, of whose texts those for people are made fit to be shown.</summary>
    /// <param name="text">What is inserted.</param>
    /// <param name="shown">What the list shows.</param>
    /// <param name="type">What it is.</param>
    /// <param name="toolTip">What is said about it; <paramref name="shown"/> where nothing is.</param>
    public static CompletionResult Result(string text, string shown, CompletionResultType type, string toolTip)
    {
        var line = View.Line(shown);
        return new CompletionResult(text, line, type, toolTip.Length > 0 ? View.Line(toolTip) : line);
    }

    /// <summary>The name as it can be typed: one argument, whatever characters it is made of.</summary>
    public static string Quote(string name) =>
        name.Length > 0 && name[0] != '-' && name.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' or ':' or '/') ? name
        : name.Any(char.IsControl) ? $"\"{string.Concat(name.Select(Escape))}\""
        : $"'{CodeGeneration.EscapeSingleQuotedStringContent(name)}'";

    /// <summary>What is meant by what is typed, perhaps up to the middle of a quotation.</summary>
    public static string Unquote(string word)
    {
        if (word is not [var first, .. var rest] || !IsSingle(first))
        {
            return word.Trim('"');
        }

        return DoubledQuote().Replace(rest is [.. var body, var last] && IsSingle(last) ? body : rest, "$1");
    }

    /// <summary>A character within double quotation marks that cannot end them nor mean anything else.</summary>
    private static string Escape(char c) =>
        char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' || char.IsSurrogate(c)
            ? c.ToString()
            : string.Create(CultureInfo.InvariantCulture, $"`u{{{(int)c:x}}}");

    private static bool IsSingle(char c) => c is '\'' or '\u2018' or '\u2019' or '\u201A' or '\u201B';

    [GeneratedRegex(@"(['\u2018-\u201B])['\u2018-\u201B]")]
    private static partial Regex DoubledQuote();
}
