using System.Globalization;
using System.Text.RegularExpressions;

namespace NapterFtp.Ftp.Listings;

/// <summary>A line of <c>ls -l</c>, with or without links, owner and group; the dialect of most servers.</summary>
internal static partial class UnixListing
{
    public static ListedItem? Parse(ReadOnlyMemory<byte> line, string latin1, DateTimeOffset now)
    {
        var head = Head().Match(latin1);
        if (!head.Success || FindRest(latin1, head.Length - 1, now) is not var (rest, time))
        {
            return null;
        }

        var item = new ListedItem(TypeOf(head.Groups["type"].Value[0]), rest.Bytes("name", line)) { MayBePadded = true };
        item = rest.Groups["order"].Success ? item with { Date = NumericDate.Of(rest) } : item with { Time = time };
        return item.Type switch
        {
            ListingEntryType.Other => item,
            ListingEntryType.Link => WithTarget(item with { Length = rest.Long("size") }),
            _ => item with { Length = rest.Long("size") },
        };
    }

    // What stands before the size may be anything, also something like a time: the first that is a time in any language counts; a
    // year of two digits, a month in digits, a size that nothing sets off, or what only might be a time, where nothing better follows.
    private static (Match Match, ListedTime? Time)? FindRest(string latin1, int start, DateTimeOffset now)
    {
        (Match, ListedTime?)? unsure = null;
        for (var match = Rest().Match(latin1, start); match.Success; match = Rest().Match(latin1, match.Index + 1))
        {
            var time = TimeOf(match, now);
            if (match.Groups["order"].Success || (time is not null && !match.Groups["weak"].Success))
            {
                return (match, time);
            }

            unsure = unsure is null || (unsure.Value.Item2 is null && time is not null) ? (match, time) : unsure;
        }

        return unsure;
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
        var month = MonthNames.Find(match.Groups["month"].Value);
        var day = match.Int("day") ?? 0;
        var hour = ListingPattern.Hour(match);
        var minute = match.Int("minute") ?? 0;
        if (match.Int("year") is not { } year)
        {
            return hour is null ? null : ListedTime.CreateWithoutYear(month, day, hour.Value, minute, now);
        }

        var time = ListedTime.Create(ListingPattern.Year(year), month, day, hour, minute, match.Int("second"));
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

    // "ls -s" puts the blocks first. A long count of links may follow the rights without a space.
    [GeneratedRegex(
        """
        ^ [ \t]{0,12} ( [0-9]{1,12} [KMG]? [ \t]{1,4} )?
        (?<type> [-dlbcpsDCMPn?] )
        ( [-rwxsStTlLX]{3,9} [-+.@]? | [ ]{1,4} \[ [-A-Z]{3,12} \] )
        ( [ \t] | (?= [0-9]{2,6} [ \t] ) )
        """,
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace | RegexOptions.Singleline)]
    private static partial Regex Head();

    // A size below zero or rounded ("1.2K") tells no length. Months are words in any language and encoding, or a number with the sign
    // for month after it, as are then days and years; \x94N is the sign for year in Shift_JIS. "ls" sets years two spaces off, so that
    // a time after one belongs to the name; a server that pads behind the year instead has one space before it and two behind. Else
    // exactly one space comes before the name, which may begin with more. A size that fills its column, and so stands right behind the
    // group, tells no length, for where it begins is not to be seen.
    [GeneratedRegex(
        """
        (
            (?<= [ \t] ) ( (?<size> -? [0-9]{1,20} | [0-9]{1,3} ( , [0-9]{3} ){1,6} ) | [0-9]{1,6} ( [.,] [0-9]{1,3} )? [KMGTkmgt] i? B? )
            | (?<= [^ \t0-9] ) (?<weak> [0-9]{1,19} )
        )
        [ \t]{1,40}
        (
            (
                (?<month> [A-Za-z\x80-\xFF]{3,24} \.? | [0-9]{1,2} [\x80-\xFF]{1,8} | 000 (?=[ \t]) ) [ \t]{0,4} (?<day> [0-9]{1,2} ) [.,]? [\x80-\xFF]{0,8}
                | (?<day> [0-9]{1,2} ) \.? [\x80-\xFF]{0,8} [ \t]{0,4} (?<month> [A-Za-z\x80-\xFF]{3,24} \.? ) ,?
            )
            (
                [ \t]{1,8} (?<hour> [0-9]{1,2} ) [:.] (?<minute> [0-9]{2} ) ( : (?<second> [0-9]{2} ) )? ( [ ]? (?<half> [AaPp] ) [Mm] (?=[ \t]) )? ( [ ] (?<year> [0-9]{4} ) (?=[ \t]) )?
                | [ ] (?<year> [0-9]{4} ) [ ] (?<hour> [0-9]{1,2} ) : (?<minute> [0-9]{2} ) ( : (?<second> [0-9]{2} ) )?
                | [ ] (?<year> [0-9]{4} ) [ ] (?=[ ])
                | [ \t]{1,8} (?<year> [0-9]{4} ) ( \x94N | [\x80-\xFF]{0,8} )
                | [ \t]{1,8} (?<weak> '? (?<year> [0-9]{2} ) )
            )
            | (?<year> [0-9]{4} ) ( \x94N | [\x80-\xFF]{0,8} ) [ \t]{0,4} (?<month> [0-9]{1,2} [\x80-\xFF]{1,8} ) [ \t]{0,4} (?<day> [0-9]{1,2} ) [\x80-\xFF]{0,8}
            ( [ \t]{1,8} (?<hour> [0-9]{1,2} ) : (?<minute> [0-9]{2} ) ( : (?<second> [0-9]{2} ) )? )?
            | (?<day> [0-9]{1,2} ) - (?<month> [A-Za-z]{3,9} ) - (?<year> [0-9]{4} | [0-9]{2} )
            ( [ \t]{1,8} (?<hour> [0-9]{1,2} ) : (?<minute> [0-9]{2} ) ( : (?<second> [0-9]{2} ) )? )?
            | (?<year> [0-9]{4} ) [-/.] (?<month> [0-9]{1,2} ) [-/.] (?<day> [0-9]{1,2} )
            (
                ( [ \t]{1,8} | T ) (?<hour> [0-9]{1,2} ) : (?<minute> [0-9]{2} ) ( : (?<second> [0-9]{2} ) ( \. (?<fraction> [0-9]{1,9} ) )? )?
                ( [ ] (?<zone> [-+] [01][0-9][0-5][0-9] ) )?
            )?
            | (?<order> (?<first> [0-9]{1,2} ) (?<separator> [-/.] ) (?<middle> [0-9]{1,2} ) \k<separator> (?<last> [0-9]{4} | [0-9]{2} ) )
            ( [ \t]{1,8} (?<hour> [0-9]{1,2} ) : (?<minute> [0-9]{2} ) ( : (?<second> [0-9]{2} ) )? ( [ ]? (?<half> [AaPp] ) [Mm] (?=[ \t]) )? )?
            | (?<month> [0-9]{2} ) - (?<day> [0-9]{2} ) [ ] ( (?<hour> [0-9]{2} ) : (?<minute> [0-9]{2} ) | (?<year> [0-9]{4} ) )
            | (?<weak> (?<month> [0-9]{1,2} ) [ \t]{1,4} (?<day> [0-9]{1,2} ) ) [ \t]{1,8} (?<hour> [0-9]{1,2} ) : (?<minute> [0-9]{2} )
        )
        [ \t] (?<name> .+ ) $
        """,
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace | RegexOptions.Singleline)]
    private static partial Regex Rest();
}

/// <summary>What the patterns of LIST's dialects share. They match a line read as Latin-1, so that a character is a byte and
/// names in any encoding stay whole; none goes back and forth more than a bounded number of times.</summary>
internal static class ListingPattern
{
    private const int LatestTwoDigitYear = 69;

    /// <summary>The number a group matched, or null where it matched nothing or more than the type holds.</summary>
    public static int? Int(this Match match, string group) =>
        int.TryParse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>The length a group matched, thousands separators left out; null for one below zero.</summary>
    public static long? Long(this Match match, string group) =>
        match.Groups[group].Value is { Length: > 0 } text && text[0] != '-'
        && long.TryParse(string.Concat(text.Where(char.IsAsciiDigit)), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    /// <summary>The bytes of the line a group matched.</summary>
    public static ReadOnlyMemory<byte> Bytes(this Match match, string group, ReadOnlyMemory<byte> line) =>
        line.Slice(match.Groups[group].Index, match.Groups[group].Length);

    /// <summary>The hour from 0 to 23, from 12 with AM or PM; hours beyond 12 are what they are, whatever letters follow.</summary>
    public static int? Hour(Match match) =>
        match.Int("hour") is { } hour && match.Groups["half"] is { Success: true } half && hour is >= 1 and <= 12
            ? (hour % 12) + (half.Value is "P" or "p" ? 12 : 0)
            : match.Int("hour");

    /// <summary>A year of four digits from one of two.</summary>
    public static int Year(int year) => year > 99 ? year : year <= LatestTwoDigitYear ? year + 2000 : year + 1900;
}
