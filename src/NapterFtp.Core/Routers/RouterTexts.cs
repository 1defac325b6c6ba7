using System.Globalization;
using System.Text.RegularExpressions;

namespace NapterFtp.Routers;

/// <summary>How people write what describes a router.</summary>
internal static partial class RouterTexts
{
    /// <summary>The lowest port that may be used on a router.</summary>
    public const int LowestPort = 1024;

    /// <summary>Reads a range of a router's ports, such as <c>50000-59999</c>, or a single one.</summary>
    /// <exception cref="NapterFtpException"><c>InvalidRouterPortRange</c>.</exception>
    public static (int First, int Last) ParseRange(string text)
    {
        var ends = text.Split('-', StringSplitOptions.TrimEntries);
        return ends.Length <= 2
            && int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            && first >= LowestPort && first <= last && last <= 65535
            ? (first, last)
            : throw new NapterFtpException(
                "InvalidRouterPortRange",
                NapterFtpErrorKind.InvalidArgument,
                $"'{text}' is no range of ports.",
                "Give the first and the last, from 1024 to 65535, such as 50000-59999.",
                text);
    }

    /// <summary>Reads a host key's fingerprint, with or without what stands around it.</summary>
    /// <returns><c>SHA256:</c> and 43 characters.</returns>
    /// <exception cref="NapterFtpException"><c>InvalidHostKeyFingerprint</c>.</exception>
    public static string ParseFingerprint(string text) => Fingerprint().Match(text.Trim()) is { Success: true } match
        ? "SHA256:" + match.Groups[1].Value
        : throw new NapterFtpException(
            "InvalidHostKeyFingerprint",
            NapterFtpErrorKind.InvalidArgument,
            $"'{text}' is no fingerprint of a host key.",
            "Give it as 'ssh-keygen -lf' shows it: SHA256: and 43 characters.",
            text);

    /// <summary>What a router says, for people: the beginning of it, on one line, without what a terminal would obey.</summary>
    public static string Excerpt(string text)
    {
        const int Longest = 200;
        var line = Unprintable().Replace(text, " ").Trim();
        return line.Length <= Longest ? line : line[..Longest] + "…";
    }

    [GeneratedRegex(@"[\s\p{C}]+")]
    private static partial Regex Unprintable();

    [GeneratedRegex("^(?:SHA256:)?([A-Za-z0-9+/]{43})=?$")]
    private static partial Regex Fingerprint();
}
