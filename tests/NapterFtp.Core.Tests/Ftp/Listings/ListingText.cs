using System.Globalization;
using NapterFtp.Ftp.Listings;

namespace NapterFtp.Core.Tests.Ftp.Listings;

/// <summary>Shorthand: a listing as text with one character a byte, its entries as one line of text each.</summary>
internal static class ListingText
{
    public static readonly DateTimeOffset Now = new(2024, 3, 10, 12, 0, 0, TimeSpan.Zero);

    public static FtpListing Parse(ListingFormat format, string latin1, NameEncoding? names = null, DateTimeOffset? now = null)
    {
        var parser = new ListingParser(format, names ?? NameEncoding.Utf8, now ?? Now);
        parser.Append(FtpBytes.Bytes(latin1));
        return parser.Complete();
    }

    public static ListingEntry Entry(ListingFormat format, string line, DateTimeOffset? now = null) =>
        Assert.Single(Parse(format, line + "\r\n", now: now).Entries);

    /// <summary>Type, length, time to the second with Z where UTC, name, target.</summary>
    public static string Describe(ListingEntry entry)
    {
        var time = entry.LastWriteTime?.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture) + (entry.TimeIsUtc ? "Z" : "");
        var target = entry.LinkTarget is null ? "" : $" -> {entry.LinkTarget}";
        return string.Create(CultureInfo.InvariantCulture, $"{entry.Type} {entry.Length?.ToString(CultureInfo.InvariantCulture) ?? "-"} {time} [{entry.Name}]{target}");
    }
}
