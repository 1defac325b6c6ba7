using System.Globalization;
using System.Text.RegularExpressions;

namespace NapterFtp.Ftp.Listings;

/// <summary>A line of <c>ls -l</c>, with or without links, owner and group; the dialect of most servers.</summary>
internal static partial class UnixListing
{
    public static ListedItem? Parse(ReadOnlyMemory<byte> line, string latin1, DateTimeOffset now)
    {
        var match = Pattern().Match(latin1);
        if (!match.Success)
        {
            return null;
        }

        var item = new ListedItem(TypeOf(latin1[0]), match.Bytes("name", line)) { Time = TimeOf(match, now) };
        return item.Type switch
        {
            ListingEntryType.Other => item,
            ListingEntryType.Link => WithTarget(item with { Length = match.Long("size") }),
            _ => item with { Length = match.Long("size") },
        };
    }

    private static ListingEntryType TypeOf(char mode) => mode switch
    {
        '-' => ListingEntryType.File,
        'd' => ListingEntryType.Directory,
        'l' => ListingEntryType.Link,
        _ => ListingEntryType.Other,
    };

    private static ListedTime? TimeOf(Match match, DateTimeOffset now)
    {
        var month = ListingPattern.Month(match.Groups["month"].Value);
        var day = match.Int("day") ?? 0;
        var hour = match.Int("hour");
        var minute = match.Int("minute") ?? 0;
        if (match.Int("year") is not { } year)
        {
            return ListedTime.CreateWithoutYear(month, day, hour ?? 0, minute, now);
        }

        var time = ListedTime.Create(year, month, day, hour, minute, match.Int("second"));
        if (time is { } whole && match.Groups["fraction"] is { Success: true } fraction)
        {
            time = FtpTime.WithFraction(whole, fraction.Value);
        }

        return time is { } local && match.Groups["zone"] is { Success: true } zone ? AtZone(local, zone.Value) : time;
    }

    private static ListedTime AtZone(ListedTime local, string zone)
    {
        var offset = TimeSpan.ParseExact(zone.AsSpan(1), "hhmm", CultureInfo.InvariantCulture);
        return local with { Value = zone[0] == '-' ? local.Value + offset : local.Value - offset, IsUtc = true };
    }

    // "name -> target". Either may hold an arrow; the size of a link is the length of its target.
    private static ListedItem WithTarget(ListedItem link)
    {
        ReadOnlySpan<byte> arrow = " -> "u8;
        var first = link.Name.Span[1..].IndexOf(arrow) + 1;
        if (first == 0)
        {
            return link;
        }

        var bySize = link.Name.Length - arrow.Length - (link.Length ?? 0);
        var split = bySize > first && link.Name.Span[(int)bySize..].StartsWith(arrow) ? (int)bySize : first;
        return link with { Name = link.Name[..split], LinkTarget = link.Name[(split + arrow.Length)..] };
    }

    // Months are English, or a number with the sign for month after it (Japanese and its neighbours, in whatever encoding), as
    // are then days and years; \x94N is the sign for year in Shift_JIS. Exactly one space comes before the name, which may begin with more.
    [GeneratedRegex(
        """
        ^[-dlbcpsDCMPn?]
        ( [-rwxsStTlLX]{3,9} [-+.@]? | [ ]{1,4} \[ [-A-Z]{3,12} \] )
        (?> [ \t]{1,40} ) ( .*? [ \t] )??
        (?<size> [0-9]{1,19} ) [ \t]{1,40}
        (
            (
                (?<month> [A-Za-z]{3} | [0-9]{1,2} [\x80-\xFF]{1,8} ) [ \t]{0,4} (?<day> [0-9]{1,2} ) [\x80-\xFF]{0,8}
                | (?<day> [0-9]{1,2} ) [ \t]{1,4} (?<month> [A-Za-z]{3} )
            )
            [ \t]{1,8}
            (
                (?<year> [0-9]{4} ) ( \x94N | [\x80-\xFF]{0,8} )
                | (?<hour> [0-9]{1,2} ) : (?<minute> [0-9]{2} ) ( : (?<second> [0-9]{2} ) [ ] (?<year> [0-9]{4} ) )?
            )
            | (?<year> [0-9]{4} ) [-/] (?<month> [0-9]{1,2} ) [-/] (?<day> [0-9]{1,2} )
            (
                [ \t]{1,8} (?<hour> [0-9]{1,2} ) : (?<minute> [0-9]{2} ) ( : (?<second> [0-9]{2} ) ( \. (?<fraction> [0-9]{1,9} ) )? )?
                ( [ ] (?<zone> [-+] [01][0-9][0-5][0-9] ) )?
            )?
            | (?<month> [0-9]{2} ) - (?<day> [0-9]{2} ) [ ] (?<hour> [0-9]{2} ) : (?<minute> [0-9]{2} )
        )
        [ ] (?<name> .+ ) $
        """,
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace | RegexOptions.Singleline)]
    private static partial Regex Pattern();
}

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
