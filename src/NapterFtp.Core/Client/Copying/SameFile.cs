namespace NapterFtp.Client.Copying;

/// <summary>Whether two files' times say that they are the same, or which is newer, as far as the clocks can tell.</summary>
internal static class SameFile
{
    // FAT tells two seconds.
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(2);

    /// <summary>How far two times of one file may differ.</summary>
    /// <param name="precision">The unit of the coarser one.</param>
    public static TimeSpan Tolerance(TimeSpan precision) => precision < Least ? Least : precision;

    public static bool HasTime(DateTimeOffset? a, DateTimeOffset? b, TimeSpan precision) =>
        a is null || b is null || (a.Value - b.Value).Duration() <= Tolerance(precision);

    /// <summary>Whether the first is newer than the second by more than the clocks' tolerance.</summary>
    public static bool IsNewer(DateTimeOffset? first, DateTimeOffset? second, TimeSpan precision) =>
        first is not null && second is not null && first.Value - second.Value > Tolerance(precision);
}
