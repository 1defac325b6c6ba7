using System.Collections.Immutable;

namespace NapterFtp.Ftp.Listings;

/// <summary>How far the times in LIST are from UTC. LIST tells the reading of the device's clock in a zone that it does not name, and
/// MDTM the same time in UTC (RFC 3659 §2.3), so that one file asked for tells the offset; but not of files from the other side of a
/// change to or from summer time.</summary>
internal sealed record ListingClock
{
    // Between two changes lie four months at least.
    private static readonly TimeSpan Span = TimeSpan.FromDays(120);
    private static readonly TimeSpan ZoneStep = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Widest = TimeSpan.FromHours(15);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);
    private static readonly TimeSpan Year = TimeSpan.FromDays(365);

    public static ListingClock Unknown { get; } = new();

    /// <summary>What is to be added to the times of files that were asked for, by the times that LIST shows.</summary>
    public ImmutableSortedDictionary<DateTimeOffset, TimeSpan> Samples { get; init; } = ImmutableSortedDictionary<DateTimeOffset, TimeSpan>.Empty;

    /// <summary>The zone of the device's clock, where the user told it; null where it is to be found out.</summary>
    public TimeZoneInfo? Zone { get; init; }

    /// <summary>How far the device's clock is ahead of ours, where that is so much that years left out were told wrongly.</summary>
    public TimeSpan Ahead { get; init; }

    /// <summary>MDTM tells nothing that fits LIST; it is asked no more.</summary>
    public bool IsSilent { get; init; }

    /// <summary>What is to be added to a listed time for UTC; null where the files asked for so far do not tell.</summary>
    public TimeSpan? OffsetAt(DateTimeOffset listed)
    {
        if (Zone is { } zone)
        {
            return -zone.GetUtcOffset(DateTime.SpecifyKind(listed.DateTime, DateTimeKind.Unspecified));
        }

        if (Samples.TryGetValue(listed, out var own))
        {
            return own;
        }

        var (before, after) = Neighbours(listed);
        if (before is { } a && after is { } b && a.Value == b.Value && b.Key - a.Key <= Span)
        {
            return a.Value;
        }

        var summer = In(Season.Summer, listed);
        var winter = In(Season.Winter, listed);
        return summer is not null && winter is not null && Samples.Values.Distinct().Count() == 1 ? summer
            : SeasonOf(listed) switch { Season.Summer => summer, Season.Winter => winter, _ => null };
    }

    /// <summary>The likeliest offset: the one that is known, else that of the season the time mostly belongs to.</summary>
    public TimeSpan? LikelyAt(DateTimeOffset listed) =>
        OffsetAt(listed)
        ?? In(listed.Month is >= 4 and <= 10 ? Season.Summer : Season.Winter, listed)
        ?? (Neighbours(listed) switch
        {
            ({ } a, { } b) => listed - a.Key < b.Key - listed ? a.Value : b.Value,
            ({ } a, null) => a.Value,
            (null, { } b) => b.Value,
            _ => null,
        });

    /// <summary>The time whose offset tells most about the others; null where all are known.</summary>
    public DateTimeOffset? NextToAsk(IEnumerable<DateTimeOffset> listed)
    {
        var unknown = listed.Where(time => OffsetAt(time) is null).Distinct().Order().ToList();
        if (IsSilent || unknown.Count == 0)
        {
            return null;
        }

        foreach (var season in new[] { Season.Winter, Season.Summer })
        {
            if (unknown.FindLastIndex(time => SeasonOf(time) == season) is >= 0 and var index)
            {
                return unknown[index];
            }
        }

        return Neighbours(unknown[0]).Before is not { } before || unknown[0] - before.Key > Span ? unknown[0]
            : Neighbours(unknown[^1]).After is not { } after || after.Key - unknown[^1] > Span ? unknown[^1]
            : unknown[unknown.Count / 2];
    }

    /// <summary>A time that may be of a year later than guessed, if the device's clock is days ahead; null where there is none or it is
    /// known already. "ls" leaves the year out for six months.</summary>
    public DateTimeOffset? DoubtfulYear(IEnumerable<DateTimeOffset> guessed, DateTimeOffset now) =>
        IsSilent || Zone is not null || Ahead > TimeSpan.Zero
            ? null
            : guessed.Where(time => now - time > Year - Month && !Samples.Keys.Any(sample => (sample - time).Duration() < Month)).Cast<DateTimeOffset?>().Max();

    /// <summary>Learns from one file.</summary>
    /// <param name="listed">Its time in LIST.</param>
    /// <param name="utc">Its time by MDTM; null where that tells none.</param>
    /// <param name="now">Our clock.</param>
    public ListingClock With(DateTimeOffset listed, DateTimeOffset? utc, DateTimeOffset now)
    {
        var difference = utc - listed;
        var offset = Rounded(difference);
        if (offset is not null)
        {
            return this with { Samples = Samples.SetItem(listed, offset.Value) };
        }

        // A clock that is days ahead makes this year's January look like last year's, when LIST leaves the year out.
        return utc > now && (Rounded(difference - Year) ?? Rounded(difference - Year - TimeSpan.FromDays(1))) is not null && Ahead == TimeSpan.Zero
            ? this with { Ahead = utc.Value - now }
            : this with { IsSilent = true };
    }

    private static TimeSpan? Rounded(TimeSpan? difference)
    {
        if (difference is not { } exact || exact.Duration() > Widest)
        {
            return null;
        }

        var offset = ZoneStep * Math.Round(exact / ZoneStep);
        return (exact - offset).Duration() <= 2 * Minute ? offset : null;
    }

    private (KeyValuePair<DateTimeOffset, TimeSpan>? Before, KeyValuePair<DateTimeOffset, TimeSpan>? After) Neighbours(DateTimeOffset listed)
    {
        KeyValuePair<DateTimeOffset, TimeSpan>? before = null;
        foreach (var sample in Samples)
        {
            if (sample.Key > listed)
            {
                return (before, sample);
            }

            before = sample;
        }

        return (before, null);
    }

    // The nearest one's, for rules change over the years.
    private TimeSpan? In(Season season, DateTimeOffset listed) =>
        Samples.Where(sample => SeasonOf(sample.Key) == season).OrderBy(sample => (sample.Key - listed).Duration()).Select(sample => (TimeSpan?)sample.Value).FirstOrDefault();

    // On both halves of the earth clocks are changed in March, April, September, October or November.
    private static Season SeasonOf(DateTimeOffset time) => time.Month switch
    {
        12 or 1 or 2 => Season.Winter,
        >= 5 and <= 8 => Season.Summer,
        _ => Season.Change,
    };

    private enum Season
    {
        Winter,
        Summer,
        Change,
    }
}
