using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace NapterFtp.Ftp.Listings;

/// <summary>RFC 3659's <c>time-val</c>, <c>YYYYMMDDHHMMSS[.sss]</c> in UTC: MDTM, MFMT and the modify fact.</summary>
internal static class FtpTime
{
    private static readonly int[] FieldLengths = [2, 2, 2, 2, 2];

    public static ListedTime? Parse(ReadOnlySpan<byte> text)
    {
        var value = Encoding.Latin1.GetString(text).Trim();
        var dot = value.IndexOf('.', StringComparison.Ordinal);
        var digits = dot < 0 ? value : value[..dot];

        // Servers that write the year as "19" and the years since 1900 say 19124 for 2024.
        var yearLength = digits.Length == 15 && digits.StartsWith("191", StringComparison.Ordinal) ? 5 : 4;
        if (digits.Length != yearLength + FieldLengths.Sum() || !digits.All(char.IsAsciiDigit))
        {
            return null;
        }

        var year = yearLength == 5 ? 1900 + Number(digits[2..5]) : Number(digits[..4]);
        var fields = FieldLengths.Select((length, i) => Number(digits.Substring(yearLength + (i * length), length))).ToArray();
        var time = ListedTime.Create(year, fields[0], fields[1], fields[2], fields[3], fields[4], isUtc: true);
        return time is { } whole && dot >= 0 ? WithFraction(whole, value[(dot + 1)..]) : time;
    }

    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture);

    /// <summary>Adds a fraction of a second given in decimal digits, as far as ticks can tell it; null where it is no such thing.</summary>
    internal static ListedTime? WithFraction(ListedTime time, string digits)
    {
        if (digits.Length == 0 || !digits.All(char.IsAsciiDigit))
        {
            return null;
        }

        var known = Math.Min(digits.Length, 7);
        var unit = (long)Math.Pow(10, 7 - known);
        var ticks = long.Parse(digits[..known], CultureInfo.InvariantCulture) * unit;
        return time with { Value = time.Value.AddTicks(ticks), Precision = TimeSpan.FromTicks(unit) };
    }

    private static int Number(string digits) => int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
}

/// <summary>A time of a listing.</summary>
/// <param name="Value">The time, offset zero.</param>
/// <param name="IsUtc">Whether it is a moment in time, not the reading of a clock in an unknown zone.</param>
/// <param name="Precision">The unit it was given in.</param>
internal readonly record struct ListedTime(DateTimeOffset Value, bool IsUtc, TimeSpan Precision)
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>Whether the year was left out and told by the clock.</summary>
    public bool YearIsGuessed { get; init; }

    /// <summary>The time from its parts, or null where there is no such time: FAT's date zero is a month and day of zero. A leap
    /// second reads as the second before it, 24:00 as the next day's 0:00.</summary>
    public static ListedTime? Create(int year, int month, int day, int? hour = null, int minute = 0, int? second = null, bool isUtc = false)
    {
        if (year is < 1900 or > 9998 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)
            || hour is < 0 or > 24 || minute is < 0 or > 59 || second is < 0 or > 60 || (hour == 24 && (minute > 0 || second > 0)))
        {
            return null;
        }

        var value = new DateTimeOffset(year, month, day, 0, minute, Math.Min(second ?? 0, 59), TimeSpan.Zero).AddHours(hour ?? 0);
        return new ListedTime(value, isUtc, hour is null ? Day : second is null ? Minute : Second);
    }

    /// <summary>The time of a file whose year LIST leaves out because it was written in the past twelve months. The server's clock
    /// may be a day ahead.</summary>
    public static ListedTime? CreateWithoutYear(int month, int day, int hour, int minute, DateTimeOffset now)
    {
        // Eight years reach back to a 29 February from anywhere, 2100 included.
        for (var year = now.UtcDateTime.Year + 1; year >= now.UtcDateTime.Year - 8; year--)
        {
            if (Create(year, month, day, hour, minute) is { } time && time.Value - now <= Day)
            {
                return time with { YearIsGuessed = true };
            }
        }

        return null;
    }
}

/// <summary>A date in three numbers, in an order that the line does not tell, with its time.</summary>
/// <param name="First">The first number.</param>
/// <param name="Middle">The second number.</param>
/// <param name="Last">The third number.</param>
/// <param name="Usual">The order that such dates mostly have.</param>
internal readonly record struct NumericDate(int First, int Middle, int Last, DateOrder Usual)
{
    public int? Hour { get; init; }

    public int Minute { get; init; }

    public int? Second { get; init; }

    /// <summary>From the groups first, separator, middle and last, and those of the time.</summary>
    public static NumericDate Of(Match match)
    {
        var first = match.Groups["first"].ValueSpan;
        return new NumericDate(
            match.Int("first") ?? 0,
            match.Int("middle") ?? 0,
            match.Int("last") ?? 0,
            first.Length == 4 ? DateOrder.YearFirst : match.Groups["separator"].Value == "." ? DateOrder.DayFirst : DateOrder.MonthFirst)
        {
            Hour = ListingPattern.Hour(match),
            Minute = match.Int("minute") ?? 0,
            Second = match.Int("second"),
        };
    }

    /// <summary>The time that it means in an order; null where there is no such time.</summary>
    public ListedTime? In(DateOrder order)
    {
        var (year, month, day) = First > 99 || order == DateOrder.YearFirst ? (First, Middle, Last)
            : order == DateOrder.DayFirst ? (Last, Middle, First)
            : (Last, First, Middle);
        return ListedTime.Create(ListingPattern.Year(year), month, day, Hour, Minute, Second);
    }

    /// <summary>The order of a listing's dates: the usual one, unless a date of the listing cannot be meant so, or would lie in the future.</summary>
    /// <param name="dates">The dates of the listing.</param>
    /// <param name="known">The order that another listing of the device has shown.</param>
    /// <param name="now">The clock; the server's may be a day ahead.</param>
    /// <param name="isShown">Whether these dates rule out the usual order.</param>
    public static DateOrder OrderOf(IReadOnlyList<NumericDate> dates, DateOrder? known, DateTimeOffset now, out bool isShown)
    {
        DateOrder[] candidates = dates[0].Usual == DateOrder.DayFirst
            ? [DateOrder.DayFirst, DateOrder.MonthFirst, DateOrder.YearFirst]
            : [dates[0].Usual, DateOrder.MonthFirst, DateOrder.DayFirst, DateOrder.YearFirst];
        var latest = now + TimeSpan.FromDays(1);
        var fits = candidates.Distinct()
            .Select(order => (Order: order, Count: dates.Count(date => date.In(order) is { } time && time.Value <= latest)))
            .ToList();
        var most = fits.Max(fit => fit.Count);
        var best = fits.Where(fit => fit.Count == most).Select(fit => fit.Order).ToList();
        if (best is [DateOrder.DayFirst, DateOrder.YearFirst])
        {
            // Files of one folder are mostly of few years, and not old.
            best = [.. best.OrderBy(order => Years(dates, order).Count).ThenByDescending(order => Years(dates, order).Max())];
        }

        isShown = most > 0 && best[0] != candidates[0];
        return known is { } shown && best.Contains(shown) ? shown : best[0];
    }

    private static SortedSet<int> Years(IReadOnlyList<NumericDate> dates, DateOrder order) =>
        [.. dates.Select(date => date.In(order)?.Value.Year ?? 0)];
}

/// <summary>In which order a device writes dates in numbers.</summary>
internal enum DateOrder
{
    MonthFirst,
    DayFirst,
    YearFirst,
}
