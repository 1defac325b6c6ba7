namespace NapterFtp.Ports;

/// <summary>How far SORACOM's clock is ahead of ours.</summary>
/// <param name="Offset">To add to our time.</param>
/// <param name="Tolerance">How wrong that may be.</param>
internal sealed record ServerClock(TimeSpan Offset, TimeSpan Tolerance)
{
    /// <summary>Before SORACOM has told a time.</summary>
    public static ServerClock Unknown { get; } = new(TimeSpan.Zero, TimeSpan.FromMinutes(1));

    /// <summary>From an entry's creation time and when its call began and ended.</summary>
    public static ServerClock From(DateTimeOffset createdAt, DateTimeOffset askedAt, DateTimeOffset answeredAt)
    {
        var half = (answeredAt - askedAt) / 2;
        return new ServerClock(createdAt - askedAt - half, half + TimeSpan.FromSeconds(2));
    }

    /// <summary>A time of SORACOM's by our clock; unchanged where no difference is certain.</summary>
    public DateTimeOffset ToOurs(DateTimeOffset theirs) => Offset.Duration() > Tolerance ? theirs - Offset : theirs;
}
