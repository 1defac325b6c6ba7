using System.Management.Automation;
using NapterFtp.Copy;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>Names given with PowerShell's wildcards.</summary>
internal static class NamePattern
{
    /// <summary>The pattern, without regard to upper and lower case.</summary>
    /// <exception cref="NapterFtpException"><c>InvalidWildcard</c>.</exception>
    public static WildcardPattern Of(string text)
    {
        try
        {
            var pattern = WildcardPattern.Get(text, WildcardOptions.IgnoreCase);

            // Only the first use reads it.
            _ = pattern.IsMatch(string.Empty);
            return pattern;
        }
        catch (WildcardPatternException e)
        {
            throw Wildcard.Invalid(text, e);
        }
    }

    /// <summary>What has just that name, as an object from the pipeline gives it; else what matches it as a pattern.</summary>
    /// <exception cref="NapterFtpException"><c>InvalidWildcard</c>.</exception>
    public static T[] Find<T>(IReadOnlyCollection<T> all, string name, Func<T, string> nameOf)
    {
        T[] named = [.. all.Where(one => nameOf(one).Equals(name, StringComparison.OrdinalIgnoreCase))];
        if (named.Length > 0)
        {
            return named;
        }

        var pattern = Of(name);
        return [.. all.Where(one => pattern.IsMatch(nameOf(one)))];
    }
}
