using System.Globalization;
using System.Text.RegularExpressions;
using Quartz;

namespace NapterFtp.Pulls;

/// <summary>A cron line told by a zone's clock. Quartz.NET says which times of a clock it names; when the zone's clock shows them is worked out
/// here, from nothing but the zone's distance from UTC: some zones' changes make Quartz.NET go back in time.</summary>
/// <remarks>A time that the clocks leave out comes when they have gone forward. One that they show twice comes once; where the hours begin with
/// <c>*</c> it comes both times, for what runs each hour is to do so in that hour too.</remarks>
internal sealed partial class ZonedCron
{
    private static readonly string[] Months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    private static readonly string[] Weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    // More than any two clocks differ by, and less than there is between two changes of one.
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly CronExpression _cron;
    private readonly TimeZoneInfo _zone;
    private readonly bool _comesAgain;

    /// <param name="cron">The line, as Unix' cron has it.</param>
    /// <param name="zone">Whose clock.</param>
    /// <exception cref="FormatException">It cannot be understood.</exception>
    public ZonedCron(string cron, TimeZoneInfo zone)
    {
        var fields = cron.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        _cron = CronExpression.Parse(WithoutNames(fields) ?? cron, CronFormat.Unix).WithTimeZone(TimeZoneInfo.Utc);
        _zone = zone;
        _comesAgain = fields is [_, ['*', ..], ..] || cron.Trim().Equals("@hourly", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The first time after another; null where there is none any more.</summary>
    public DateTimeOffset? NextAfter(DateTimeOffset after)
    {
        DateTimeOffset? next = null;
        var offset = _zone.GetUtcOffset(after);
        var again = offset - _zone.GetUtcOffset(after + Day);

        // Where the clocks are about to go back, what they have shown may come again.
        var clock = new DateTimeOffset(after.UtcTicks, TimeSpan.Zero) + offset - (_comesAgain && again > TimeSpan.Zero ? again : TimeSpan.Zero);
        while (_cron.GetNextValidTimeAfter(clock) is { } shown)
        {
            var (first, second) = Find(shown);
            next = Earlier(next, first > after ? first : null);
            next = Earlier(next, _comesAgain && second > after ? second : null);
            if (first > after)
            {
                break;
            }

            clock = shown;
        }

        return next;
    }

    /// <summary>Quartz.NET passes over the step of a range between names.</summary>
    private static string? WithoutNames(string[] fields) => fields is [var minute, var hour, var day, var month, var weekday]
        ? string.Join(' ', [minute, hour, day, Name().Replace(month, name => Number(name, Months, 1)), Name().Replace(weekday, name => Number(name, Weekdays, 0))])
        : null;

    private static string Number(Match name, string[] names, int first)
    {
        var index = Array.FindIndex(names, one => one.Equals(name.Value, StringComparison.OrdinalIgnoreCase));

        // A range goes upwards, and Sunday ends the week where it ends a range.
        var number = first == 0 && index == 0 && name.Result("$`").EndsWith('-') ? names.Length : index + first;
        return index < 0 ? name.Value : number.ToString(CultureInfo.InvariantCulture);
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) => other is null || one <= other ? one : other;

    /// <summary>When the zone's clock shows a time, the second time too where there is one. Where it never does, when it has gone past.</summary>
    /// <param name="shown">The time, with no distance from UTC.</param>
    private (DateTimeOffset First, DateTimeOffset? Second) Find(DateTimeOffset shown)
    {
        var (before, behind) = (_zone.GetUtcOffset(shown - Day), _zone.GetUtcOffset(shown + Day));
        var (early, late) = (shown - before, shown - behind);
        return (_zone.GetUtcOffset(early) == before, _zone.GetUtcOffset(late) == behind) switch
        {
            (true, true) when early < late => (early, late),
            (true, _) => (early, null),
            (_, true) => (late, null),
            _ => (FindChange(shown - Day, shown + Day), null),
        };
    }

    /// <summary>When the clock was changed between two times.</summary>
    private DateTimeOffset FindChange(DateTimeOffset from, DateTimeOffset to)
    {
        var before = _zone.GetUtcOffset(from);
        while (to.UtcTicks - from.UtcTicks > 1)
        {
            var middle = from + ((to - from) / 2);
            (from, to) = _zone.GetUtcOffset(middle) == before ? (middle, to) : (from, middle);
        }

        return to;
    }

    [GeneratedRegex("[A-Za-z]+", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
