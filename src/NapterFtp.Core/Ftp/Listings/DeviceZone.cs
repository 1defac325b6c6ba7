using System.Globalization;

namespace NapterFtp.Ftp.Listings;

/// <summary>The time zone of a device's clock, as people write it.</summary>
internal static class DeviceZone
{
    private static readonly TimeSpan Widest = TimeSpan.FromHours(14);

    /// <summary>Finds a zone by its name in the IANA list (<c>Asia/Tokyo</c>), by Windows' name, or makes one of an offset from UTC
    /// (<c>+09:00</c>).</summary>
    /// <returns>Null where the text is none of these.</returns>
    public static TimeZoneInfo? Find(string text)
    {
        if (TimeZoneInfo.TryFindSystemTimeZoneById(text, out var zone))
        {
            return zone;
        }

        return text.Length > 1 && text[0] is '+' or '-' && TimeSpan.TryParse(text[1..], CultureInfo.InvariantCulture, out var offset) && offset >= TimeSpan.Zero && offset <= Widest
            ? TimeZoneInfo.CreateCustomTimeZone($"UTC{text}", text[0] == '-' ? -offset : offset, $"UTC{text}", $"UTC{text}")
            : null;
    }
}
