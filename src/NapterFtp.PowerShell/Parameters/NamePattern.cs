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
}
