using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace NapterFtp.Pulls;

/// <summary>When a schedule runs. Everything here depends on its arguments alone, so that all members of a service come to the same.</summary>
internal sealed partial class PullTrigger
{
    /// <summary>Times of services are a little late by nature; beyond this a run counts as missed.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    // How far back a last time is looked for, the nearest first: a schedule may run each minute, or on 29 February.
    private static readonly TimeSpan[] Lookbacks =
        [TimeSpan.FromHours(2), TimeSpan.FromDays(2), TimeSpan.FromDays(62), TimeSpan.FromDays(800), TimeSpan.FromDays(8 * 366)];

    private readonly IReadOnlyList<ZonedCron> _crons;
    private readonly TimeSpan? _every;

    private PullTrigger(IReadOnlyList<ZonedCron> crons, TimeSpan? every)
    {
        _crons = crons;
        _every = every;
    }

    /// <summary>Understands a schedule's times.</summary>
    /// <exception cref="NapterFtpException"><c>InvalidPull</c>.</exception>
    public static PullTrigger Of(NapterPull pull)
    {
        var given = (pull.Cron is null ? 0 : 1) + (pull.Every is null ? 0 : 1) + (pull.At.Count == 0 ? 0 : 1);
        if (given != 1)
        {
            throw PullRules.Invalid(pull, given == 0 ? "cron" : "every", "it needs one of -Cron, -Every and -At, and only one");
        }

        if (pull.Every is { } every)
        {
            return every >= TimeSpan.FromSeconds(1) && every <= TimeSpan.FromDays(366)
                ? new PullTrigger([], every)
                : throw PullRules.Invalid(pull, "every", "-Every is from one second to 366 days");
        }

        var zone = ZoneOf(pull);
        return new PullTrigger(pull.Cron is { } cron ? [Parse(pull, "cron", cron, zone)] : [.. pull.At.Select(at => Parse(pull, "at", DailyAt(pull, at), zone))], null);
    }

    /// <summary>The zone that the schedule's times are told in.</summary>
    public static TimeZoneInfo ZoneOf(NapterPull pull)
    {
        if (pull.TimeZone is null)
        {
            return TimeZoneInfo.Utc;
        }

        return TimeZoneInfo.TryFindSystemTimeZoneById(pull.TimeZone, out var zone)
            ? zone
            : throw PullRules.Invalid(pull, "timeZone", $"'{pull.TimeZone}' is no time zone that this computer knows; give one such as Asia/Tokyo");
    }

    /// <summary>The first time after another; null where there is none any more.</summary>
    public DateTimeOffset? NextAfter(DateTimeOffset after)
    {
        if (_every is { } every)
        {
            // Counted from the same moment everywhere, so that it does not matter when a service starts.
            var gone = after.UtcTicks - DateTimeOffset.UnixEpoch.Ticks;
            return new DateTimeOffset(DateTimeOffset.UnixEpoch.Ticks + (Math.DivRem(gone, every.Ticks).Quotient + 1) * every.Ticks, TimeSpan.Zero);
        }

        return _crons.Select(cron => cron.NextAfter(after)).Where(time => time is not null).Min();
    }

    /// <summary>The last time up to and including another; null where there is none.</summary>
    public DateTimeOffset? LastUpTo(DateTimeOffset until)
    {
        if (_every is { } every)
        {
            return NextAfter(until) - every;
        }

        foreach (var lookback in Lookbacks)
        {
            DateTimeOffset? last = null;
            for (var time = NextAfter(until - lookback); time <= until; time = NextAfter(time.Value))
            {
                last = time;
            }

            if (last is not null)
            {
                return last;
            }
        }

        return null;
    }

    /// <summary>The time of the run that is due.</summary>
    /// <param name="last">The time of the last run, or since when the schedule stands.</param>
    /// <param name="now">Now.</param>
    /// <param name="missed">What becomes of a run that is late.</param>
    /// <returns>Null where none is due. Of several that were missed, the latest.</returns>
    public DateTimeOffset? DueAt(DateTimeOffset last, DateTimeOffset now, NapterMissedRun missed)
    {
        var due = LastUpTo(now);
        if (last - now > Grace)
        {
            // The clock has been set back: what comes now is run, and what the ledger has had at that time already it has no second time.
            (last, missed) = (DateTimeOffset.MinValue, NapterMissedRun.Skip);
        }

        return due is null || due <= last || (missed == NapterMissedRun.Skip && now - due > Grace) ? null : due;
    }

    /// <summary>How much later than its time a run begins.</summary>
    public static TimeSpan JitterOf(NapterPull pull, DateTimeOffset scheduled) =>
        pull.Jitter is { } jitter ? Part(jitter, $"{pull.Name.ToUpperInvariant()} {scheduled.UtcTicks}") : TimeSpan.Zero;

    /// <summary>How much later than its run a device begins: each at the same place in each run.</summary>
    public static TimeSpan SpreadOf(NapterPull pull, DeviceKey device) =>
        pull.Window is { } window ? Part(window, $"{pull.Name.ToUpperInvariant()} {device.Sim} {device.Service} {device.Address} {device.Port}") : TimeSpan.Zero;

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Number();

    private static TimeSpan Part(TimeSpan whole, string of)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(of));
        return whole * (BitConverter.ToUInt32(hash) / (uint.MaxValue + 1.0));
    }

    private static string DailyAt(NapterPull pull, string at) =>
        TimeOnly.TryParseExact(at, ["HH:mm", "H:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? string.Create(CultureInfo.InvariantCulture, $"{time.Minute} {time.Hour} * * *")
            : throw PullRules.Invalid(pull, "at", $"'{at}' is no time of the day; give one such as 02:30");

    private static ZonedCron Parse(NapterPull pull, string property, string cron, TimeZoneInfo zone)
    {
        // Quartz.NET takes 98 and 99 for marks of its own.
        if (Number().Matches(cron).Any(number => number.Value.TrimStart('0') is { Length: > 2 } || int.Parse(number.Value, CultureInfo.InvariantCulture) > 59))
        {
            throw PullRules.Invalid(pull, property, $"'{cron}' is not what cron understands: no number in it is above 59");
        }

        var fields = cron.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        if (fields != 5 && !cron.StartsWith('@'))
        {
            throw PullRules.Invalid(
                pull, property, $"'{cron}' is not what cron understands: that has five fields, minute, hour, day of the month, month and day of the week");
        }

        try
        {
            var parsed = new ZonedCron(cron, zone);
            return parsed.NextAfter(DateTimeOffset.UnixEpoch.AddYears(30)) is not null
                ? parsed
                : throw PullRules.Invalid(pull, property, $"'{cron}' never comes");
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw PullRules.Invalid(pull, property, $"'{cron}' is not what cron understands: {e.Message.TrimEnd('.')}");
        }
    }
}
