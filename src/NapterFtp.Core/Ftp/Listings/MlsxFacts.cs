using System.Globalization;
using System.Text;

namespace NapterFtp.Ftp.Listings;

/// <summary>A line of MLSD, or of MLST's reply (RFC 3659 §7.2): <c>type=file;size=3;modify=20240115102233; name</c>.</summary>
internal static class MlsxFacts
{
    public static ListedItem? Parse(ReadOnlyMemory<byte> line)
    {
        // A space at the beginning is where the name begins, with no facts before it; but some servers indent the facts, by a space in
        // MLSD too, or by several in the reply to MLST.
        var facts = line.Span.TrimStart((byte)' ');
        if (facts.Length == line.Length)
        {
            return ParseFacts(line);
        }

        return (EndOfFacts(facts) >= 0 ? ParseFacts(line[(line.Length - facts.Length)..]) : null)
            ?? (line.Length > 1 ? new ListedItem(ListingEntryType.Other, line[1..]) : null);
    }

    private static ListedItem? ParseFacts(ReadOnlyMemory<byte> line)
    {
        var bytes = line.Span;
        var space = EndOfFacts(bytes) is var end and >= 0 ? end + 1 : bytes.IndexOf((byte)' ');
        if (space < 0 || space + 1 == bytes.Length)
        {
            return null;
        }

        var item = new ListedItem(ListingEntryType.Other, line[(space + 1)..]);
        var hasType = false;
        for (var start = 0; start < space;)
        {
            var length = bytes[start..space].IndexOf((byte)';');
            var fact = line[start..(length < 0 ? space : start + length)];
            var equals = fact.Span.IndexOf((byte)'=');
            if (equals < 0)
            {
                return null;
            }

            var name = Encoding.ASCII.GetString(fact.Span[..equals]);
            hasType |= name.Equals("type", StringComparison.OrdinalIgnoreCase);
            item = WithFact(item, name, fact[(equals + 1)..]);
            start += fact.Length + 1;
        }

        // A server may leave the type out. What has a size is a file.
        return !hasType && item.Length is not null ? item with { Type = ListingEntryType.File } : item;
    }

    // Each fact ends in a semicolon, so the space after one is where the name begins, even where a link's target holds a space. Some
    // servers have a tab there.
    private static int EndOfFacts(ReadOnlySpan<byte> bytes)
    {
        var space = bytes.IndexOf("; "u8);
        var tab = bytes.IndexOf(";\t"u8);
        return tab >= 0 && (space < 0 || tab < space) ? tab : space;
    }

    private static ListedItem WithFact(ListedItem item, string name, ReadOnlyMemory<byte> value) => name.ToUpperInvariant() switch
    {
        "TYPE" => WithType(item, value),
        "MODIFY" => item with { Time = FtpTime.Parse(value.Span) },
        "SIZE" => item with { Length = ParseLength(value.Span) },
        _ => item,
    };

    private static ListedItem WithType(ListedItem item, ReadOnlyMemory<byte> value)
    {
        var type = Encoding.ASCII.GetString(value.Span).ToUpperInvariant();
        switch (type)
        {
            case "FILE":
                return item with { Type = ListingEntryType.File };
            case "DIR":
                return item with { Type = ListingEntryType.Directory };
            case "CDIR" or "PDIR":
                return item with { Type = ListingEntryType.Directory, IsSelfOrParent = true, IsSelf = type == "CDIR" };
        }

        // "OS.unix=slink:target", "OS.unix=symlink" and the like.
        if (!type.StartsWith("OS.UNIX=SLINK", StringComparison.Ordinal) && !type.StartsWith("OS.UNIX=SYMLINK", StringComparison.Ordinal))
        {
            return item;
        }

        var colon = value.Span.IndexOf((byte)':');
        return item with { Type = ListingEntryType.Link, LinkTarget = colon < 0 ? default : value[(colon + 1)..] };
    }

    private static long? ParseLength(ReadOnlySpan<byte> digits) =>
        long.TryParse(Encoding.ASCII.GetString(digits), NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null;
}
