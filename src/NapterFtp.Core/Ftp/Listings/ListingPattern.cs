using System.Globalization;
using System.Text.RegularExpressions;

namespace NapterFtp.Ftp.Listings;

/// <summary>What the patterns of LIST's dialects share. They match a line read as Latin-1, so that a character is a byte and
/// names in any encoding stay whole; none goes back and forth more than a bounded number of times.</summary>
internal static class ListingPattern
{
    private static readonly string[] Months =
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

    /// <summary>The number a group matched, or null where it matched nothing or more than the type holds.</summary>
    public static int? Int(this Match match, string group) =>
        int.TryParse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>The length a group matched, thousands separators left out.</summary>
    public static long? Long(this Match match, string group) =>
        long.TryParse(
            match.Groups[group].Value.Replace(",", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var number)
            ? number
            : null;

    /// <summary>The bytes of the line a group matched.</summary>
    public static ReadOnlyMemory<byte> Bytes(this Match match, string group, ReadOnlyMemory<byte> line) =>
        line.Slice(match.Groups[group].Index, match.Groups[group].Length);

    /// <summary>1 to 12 from an English abbreviation or a number; 0 where it is neither.</summary>
    public static int Month(string text)
    {
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        return digits > 0
            ? int.Parse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture)
            : Array.IndexOf(Months, text.ToUpperInvariant()) + 1;
    }
}
