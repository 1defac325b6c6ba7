using System.Management.Automation;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>Completes one of a list of names.</summary>
internal static class NameCompletion
{
    /// <summary>The names that begin with what is typed, quoted where they need it.</summary>
    /// <param name="word">What is typed.</param>
    /// <param name="names">Each name with its tooltip.</param>
    public static IEnumerable<CompletionResult> Complete(string word, IEnumerable<(string Name, string ToolTip)> names)
    {
        var wanted = word.Trim('\'', '"');
        return names
            .Where(entry => entry.Name.StartsWith(wanted, StringComparison.OrdinalIgnoreCase))
            .OrderBy(entry => entry.Name, StringComparer.OrdinalIgnoreCase)
            .Select(entry => new CompletionResult(
                Quote(entry.Name), entry.Name, CompletionResultType.ParameterValue, entry.ToolTip.Length > 0 ? entry.ToolTip : entry.Name));
    }

    /// <summary>The name as it can be typed.</summary>
    public static string Quote(string name) =>
        name.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' or ':' or '/')
            ? name
            : $"'{name.Replace("'", "''", StringComparison.Ordinal)}'";
}
