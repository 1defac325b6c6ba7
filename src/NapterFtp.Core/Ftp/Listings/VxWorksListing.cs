using System.Text.RegularExpressions;

namespace NapterFtp.Ftp.Listings;

/// <summary>A line as servers on VxWorks write it: <c>512 JAN-15-2024 10:22:33 NAME &lt;DIR&gt;</c>.</summary>
internal static partial class VxWorksListing
{
    public static ListedItem? Parse(ReadOnlyMemory<byte> line, string latin1)
    {
        var match = Pattern().Match(latin1);
        if (!match.Success)
        {
            return null;
        }

        var time = ListedTime.Create(
            match.Int("year") ?? 0,
            ListingPattern.Month(match.Groups["month"].Value),
            match.Int("day") ?? 0,
            match.Int("hour"),
            match.Int("minute") ?? 0,
            match.Int("second"));
        // Names are padded, and folders marked behind the padding.
        var name = TrimEnd(match.Bytes("name", line));
        var isDirectory = name.Span.EndsWith(" <DIR>"u8);
        return new ListedItem(
            isDirectory ? ListingEntryType.Directory : ListingEntryType.File,
            isDirectory ? TrimEnd(name[..^"<DIR>".Length]) : name)
        {
            Time = time,
            Length = isDirectory ? null : match.Long("size"),
        };
    }

    private static ReadOnlyMemory<byte> TrimEnd(ReadOnlyMemory<byte> name) => name[..name.Span.TrimEnd(" \t"u8).Length];

    [GeneratedRegex(
        """
        ^[ \t]{0,40} (?<size> [0-9]{1,19} ) [ \t]{1,40}
        (?<month> [A-Za-z]{3} ) - (?<day> [0-9]{2} ) - (?<year> [0-9]{4} ) [ \t]{1,40}
        (?<hour> [0-9]{2} ) : (?<minute> [0-9]{2} ) : (?<second> [0-9]{2} ) [ \t]{1,40}
        (?<name> [^ \t] .* ) $
        """,
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace | RegexOptions.Singleline)]
    private static partial Regex Pattern();
}
