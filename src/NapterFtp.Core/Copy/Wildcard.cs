using System.Text;
using System.Text.RegularExpressions;

namespace NapterFtp.Copy;

/// <summary>PowerShell's wildcards: <c>*</c>, <c>?</c>, <c>[a-z]</c>, and the backtick before a character that is meant as it is.
/// Upper and lower case are the same, as everywhere in PowerShell.</summary>
internal sealed class Wildcard
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private readonly Regex _regex;

    /// <exception cref="NapterFtpException"><c>InvalidWildcard</c>.</exception>
    public Wildcard(string pattern)
    {
        try
        {
            _regex = new Regex(
                Translate(pattern), RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.NonBacktracking, Limit);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw Invalid(pattern, e);
        }
    }

    public bool IsMatch(string name) => _regex.IsMatch(name);

    /// <summary>Whether the text holds a wildcard that is not escaped.</summary>
    public static bool IsPattern(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '`')
            {
                i++;
            }
            else if (text[i] is '*' or '?' || (text[i] == '[' && text.IndexOf(']', i) > 0))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The text without its backticks.</summary>
    public static string Unescape(string text)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '`' && i + 1 < text.Length)
            {
                i++;
            }

            result.Append(text[i]);
        }

        return result.ToString();
    }

    /// <summary>The error that a text is no pattern.</summary>
    public static NapterFtpException Invalid(string pattern, Exception cause) => new(
        "InvalidWildcard",
        NapterFtpErrorKind.InvalidArgument,
        $"'{pattern}' is not a wildcard pattern.",
        "A range such as [a-z] begins with its lower end. Write a backtick before a bracket that is meant as it is, or give a whole path with -LiteralPath.",
        pattern,
        cause);

    /// <summary>The error that a name with brackets was taken for a pattern, which matches nothing, not even that name.</summary>
    public static NapterFtpException Taken(string path) => new(
        "NameTakenForWildcard",
        NapterFtpErrorKind.InvalidArgument,
        $"'{LocalNames.Printable(path)}' is taken for a pattern, which nothing matches; but there is an item of that very name.",
        "Give it with -LiteralPath, or write a backtick before each bracket.",
        LocalNames.Printable(path));

    private static string Translate(string pattern)
    {
        var regex = new StringBuilder("^");
        for (var i = 0; i < pattern.Length; i++)
        {
            var c = pattern[i];
            switch (c)
            {
                case '*':
                    regex.Append(".*");
                    break;
                case '?':
                    regex.Append('.');
                    break;
                case '`' when i + 1 < pattern.Length:
                    regex.Append(Regex.Escape(pattern[++i].ToString()));
                    break;
                case '[' when pattern.IndexOf(']', i + 1) is var end && end > i + 1:
                    regex.Append('[').Append(pattern[(i + 1)..end].Replace("\\", @"\\", StringComparison.Ordinal)
                        .Replace("[", @"\[", StringComparison.Ordinal).Replace("^", @"\^", StringComparison.Ordinal)).Append(']');
                    i = end;
                    break;
                default:
                    regex.Append(Regex.Escape(c.ToString()));
                    break;
            }
        }

        return regex.Append('$').ToString();
    }
}
