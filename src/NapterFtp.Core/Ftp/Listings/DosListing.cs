using System.Text.RegularExpressions;

namespace NapterFtp.Ftp.Listings;

/// <summary>A line as IIS and other servers on Windows write it: <c>01-15-24  10:22PM  1234 name</c>.</summary>
internal static partial class DosListing
{
    public static ListedItem? Parse(ReadOnlyMemory<byte> line, string latin1)
    {
        var match = Pattern().Match(latin1);
        if (!match.Success)
        {
            return null;
        }

        var item = new ListedItem(ListingEntryType.File, match.Bytes("name", line)) { Date = NumericDate.Of(match) };
        if (!match.Groups["kind"].Success)
        {
            return item with { Length = match.Long("size"), MayBePadded = true };
        }

        return match.Groups["kind"].Value.ToUpperInvariant() switch
        {
            "DIR" or "REP" => item with { Type = ListingEntryType.Directory },
            "SYMLINK" or "SYMLINKD" or "JUNCTION" => WithTarget(item with { Type = ListingEntryType.Link }),
            _ => item with { Type = ListingEntryType.Other },
        };
    }

    // "name [target]".
    private static ListedItem WithTarget(ListedItem link)
    {
        var name = link.Name.Span;
        var bracket = name.LastIndexOf(" ["u8);
        return bracket > 0 && name[^1] == (byte)']'
            ? link with { Name = link.Name[..bracket], LinkTarget = link.Name[(bracket + 2)..^1] }
            : link;
    }

    [GeneratedRegex(
        """
        ^[ \t]{0,8}
        (?<first> [0-9]{1,4} ) (?<separator> [-/.] ) (?<middle> [0-9]{1,2} ) \k<separator> (?<last> [0-9]{1,4} ) [ \t]{1,40}
        (?<hour> [0-9]{1,2} ) : (?<minute> [0-9]{2} ) ( : (?<second> [0-9]{2} ) )? ( [ ]? (?<half> [AaPp] ) [Mm]? )? [ \t]{1,40}
        ( < (?<kind> [A-Za-z]{1,10} ) > [ \t]{1,40} | (?<size> -? [0-9] [0-9.,'\xA0\xFF]{0,25} ) [ ] )
        (?<name> .+ ) $
        """,
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace | RegexOptions.Singleline)]
    private static partial Regex Pattern();
}

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
            ListingPattern.Year(match.Int("year") ?? 0),
            MonthNames.Find(match.Groups["month"].Value),
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
        (?<month> [A-Za-z]{3} ) - (?<day> [0-9]{2} ) - (?<year> [0-9]{4} | [0-9]{2} ) [ \t]{1,40}
        (?<hour> [0-9]{2} ) : (?<minute> [0-9]{2} ) : (?<second> [0-9]{2} ) [ \t]{1,40}
        (?<name> [^ \t] .* ) $
        """,
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace | RegexOptions.Singleline)]
    private static partial Regex Pattern();
}
