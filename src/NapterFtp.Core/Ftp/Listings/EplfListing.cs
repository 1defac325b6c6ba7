using System.Globalization;
using System.Text;

namespace NapterFtp.Ftp.Listings;

/// <summary>A line of "easily parsed LIST format", which publicfile and other small servers write: <c>+m1705314153,r,s1234,</c>, a tab,
/// and the name (https://cr.yp.to/ftp/list/eplf.html).</summary>
internal static class EplfListing
{
    private const long LatestTime = 253_402_300_799;

    public static ListedItem? Parse(ReadOnlyMemory<byte> line)
    {
        var tab = line.Span.IndexOf((byte)'\t');
        if (tab < 1 || tab + 1 == line.Length || line.Span[0] != (byte)'+')
        {
            return null;
        }

        var item = new ListedItem(ListingEntryType.Other, line[(tab + 1)..]);
        foreach (var fact in Encoding.Latin1.GetString(line.Span[1..tab]).Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            item = fact[0] switch
            {
                '/' => item with { Type = ListingEntryType.Directory },
                'r' when item.Type == ListingEntryType.Other => item with { Type = ListingEntryType.File },
                's' => item with { Length = Number(fact) },
                'm' when Number(fact) is { } seconds and <= LatestTime =>
                    item with { Time = new ListedTime(DateTimeOffset.FromUnixTimeSeconds(seconds), IsUtc: true, TimeSpan.FromSeconds(1)) },
                _ => item,
            };
        }

        return item;
    }

    private static long? Number(string fact) => long.TryParse(fact.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
