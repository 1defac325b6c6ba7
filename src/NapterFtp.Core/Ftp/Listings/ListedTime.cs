namespace NapterFtp.Ftp.Listings;

/// <summary>A time of a listing.</summary>
/// <param name="Value">The time, offset zero.</param>
/// <param name="IsUtc">Whether it is a moment in time, not the reading of a clock in an unknown zone.</param>
/// <param name="Precision">The unit it was given in.</param>
internal readonly record struct ListedTime(DateTimeOffset Value, bool IsUtc, TimeSpan Precision)
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>The time from its parts, or null where there is no such time: FAT's date zero is a month and day of zero. A leap
    /// second reads as the second before it.</summary>
    public static ListedTime? Create(int year, int month, int day, int? hour = null, int minute = 0, int? second = null, bool isUtc = false)
    {
        if (year is < 1900 or > 9998 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)
            || hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or > 60)
        {
            return null;
        }

        var value = new DateTimeOffset(year, month, day, hour ?? 0, minute, Math.Min(second ?? 0, 59), TimeSpan.Zero);
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
                return time;
            }
        }

        return null;
    }
}
