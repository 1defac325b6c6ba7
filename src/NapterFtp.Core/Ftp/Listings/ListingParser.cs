using System.Globalization;
using System.Text;

namespace NapterFtp.Ftp.Listings;

/// <summary>Reads a listing from the bytes of a data connection, whatever pieces they arrive in.</summary>
/// <param name="format">The command that made the listing.</param>
/// <param name="names">The encoding of the names.</param>
/// <param name="now">The time to tell years by that LIST leaves out.</param>
/// <param name="limits">How much to keep in memory.</param>
internal sealed class ListingParser(ListingFormat format, NameEncoding names, DateTimeOffset now, FtpLimits? limits = null)
{
    private readonly FtpLimits _limits = limits ?? FtpLimits.Default;
    private readonly ByteQueue _bytes = new();
    private readonly List<ListingEntry> _entries = [];
    private readonly List<ReadOnlyMemory<byte>> _notUnderstood = [];
    private long _received;

    /// <exception cref="NapterFtpException"><c>FtpListingTooLong</c>.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        _received += bytes.Length;
        if (_received > _limits.MaxListingLength)
        {
            throw new NapterFtpException(
                "FtpListingTooLong",
                NapterFtpErrorKind.LimitReached,
                string.Create(CultureInfo.InvariantCulture, $"The listing has more than {_limits.MaxListingLength} bytes."),
                "List a smaller folder, or part of it with a wildcard.");
        }

        // Only the last line can be unfinished, so that each byte is searched once.
        for (var lf = bytes.IndexOf(FtpText.Lf); lf >= 0; lf = bytes.IndexOf(FtpText.Lf))
        {
            _bytes.Append(bytes[..(lf + 1)]);
            bytes = bytes[(lf + 1)..];
            AddLine();
        }

        _bytes.Append(bytes);
    }

    /// <summary>The listing, once the data connection has ended.</summary>
    public FtpListing Complete()
    {
        AddLine();
        return new FtpListing(_entries, _notUnderstood);
    }

    /// <summary>Reads the entry in the reply to MLST (RFC 3659 §7): the line between the first and the last.</summary>
    public static ListingEntry? ParseMlst(FtpReply reply, NameEncoding names)
    {
        if (!reply.IsCompletion || reply.Lines.Count < 3)
        {
            return null;
        }

        var line = reply.WithoutCode(reply.Lines[1]);
        line = line.Span.StartsWith(" "u8) ? line[1..] : line;
        return MlsxFacts.Parse(line) is { } item ? ToEntry(item, line, names) : null;
    }

    private void AddLine()
    {
        var line = FtpText.WithoutLineEnd(_bytes.Take(_bytes.Unread.Length));
        if (line.IsEmpty)
        {
            return;
        }

        if (Parse(line) is { } item)
        {
            if (!item.IsSelfOrParent && ToEntry(item, line, names) is var entry && entry.Name is not ("." or ".."))
            {
                _entries.Add(entry);
            }
        }
        else if (format != ListingFormat.List || !IsDecoration(line.Span))
        {
            _notUnderstood.Add(line);
        }
    }

    private ListedItem? Parse(ReadOnlyMemory<byte> line)
    {
        if (line.Length > _limits.MaxLineLength)
        {
            return null;
        }

        switch (format)
        {
            case ListingFormat.Mlsd:
                return MlsxFacts.Parse(line);
            case ListingFormat.Nlst:
                return new ListedItem(ListingEntryType.Other, line);
            default:
                var latin1 = Encoding.Latin1.GetString(line.Span);
                return UnixListing.Parse(line, latin1, now) ?? DosListing.Parse(line, latin1) ?? VxWorksListing.Parse(line, latin1);
        }
    }

    private static ListingEntry ToEntry(ListedItem item, ReadOnlyMemory<byte> line, NameEncoding names)
    {
        var nameBytes = LastSegment(item.Name);
        var name = names.Decode(nameBytes.Span, out var isExact);
        return new ListingEntry
        {
            Name = name,
            NameBytes = nameBytes,
            NameIsExact = isExact,
            Type = item.Type,
            // Of a folder or link the length says nothing about what could be transferred.
            Length = item.Type is ListingEntryType.Directory or ListingEntryType.Link ? null : item.Length,
            LastWriteTime = item.Time?.Value,
            TimeIsUtc = item.Time?.IsUtc ?? false,
            TimePrecision = item.Time?.Precision ?? TimeSpan.Zero,
            LinkTarget = item.LinkTarget.IsEmpty ? null : names.Decode(item.LinkTarget.Span, out _),
            Raw = line,
        };
    }

    // Servers list a path where they were asked for one. No encoding that names can have uses the byte of "/" within a character.
    private static ReadOnlyMemory<byte> LastSegment(ReadOnlyMemory<byte> path)
    {
        var trimmed = path[..path.Span.TrimEnd((byte)'/').Length];
        return trimmed.IsEmpty ? path : trimmed[(trimmed.Span.LastIndexOf((byte)'/') + 1)..];
    }

    // "total 12" in any language, and the head of a table: words and numbers that list nothing.
    private static bool IsDecoration(ReadOnlySpan<byte> line)
    {
        var words = Encoding.Latin1.GetString(line).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.All(word => word.All(c => c == '-'))
            || words is ["size", "date", "time", "name"]
            || (words.Length == 2 && (words[0] == "total" || words[0][0] > '\x7F') && char.IsAsciiDigit(words[1][0]));
    }
}

/// <summary>What a listing said.</summary>
/// <param name="Entries">Its names in the server's order, without the folder itself and its parent.</param>
/// <param name="NotUnderstood">Lines in no known dialect, without their line ends.</param>
internal sealed record FtpListing(IReadOnlyList<ListingEntry> Entries, IReadOnlyList<ReadOnlyMemory<byte>> NotUnderstood);

/// <summary>The command that made a listing.</summary>
internal enum ListingFormat
{
    /// <summary>MLSD (RFC 3659 §7): facts made for programs.</summary>
    Mlsd,

    /// <summary>LIST (RFC 959): text made for people, in the dialect of the server.</summary>
    List,

    /// <summary>NLST (RFC 959): names only.</summary>
    Nlst,
}

/// <summary>One name of a listing.</summary>
internal sealed record ListingEntry
{
    /// <summary>The name without any path before it.</summary>
    public required string Name { get; init; }

    /// <summary>The name as the server sent it; what to name it by in a command.</summary>
    public required ReadOnlyMemory<byte> NameBytes { get; init; }

    /// <summary>Whether <see cref="Name"/> encodes back to <see cref="NameBytes"/>; false where the name is not in the encoding asked
    /// for and was read as Latin-1 to have something to show.</summary>
    public required bool NameIsExact { get; init; }

    public required ListingEntryType Type { get; init; }

    /// <summary>Bytes in a file, where the server says; null for folders and links.</summary>
    public long? Length { get; init; }

    /// <summary>When it was last written, where the server says. Where <see cref="TimeIsUtc"/> is false this is the reading of the
    /// server's clock with offset zero: which time zone it is in cannot be told.</summary>
    public DateTimeOffset? LastWriteTime { get; init; }

    /// <summary>Whether <see cref="LastWriteTime"/> is a moment in time, not the reading of a clock in an unknown zone.</summary>
    public bool TimeIsUtc { get; init; }

    /// <summary>The unit the time was given in: a second or less, a minute, a day; zero where there is no time.</summary>
    public TimeSpan TimePrecision { get; init; }

    /// <summary>Where a link points, where the server says.</summary>
    public string? LinkTarget { get; init; }

    /// <summary>The line as sent, without its line end.</summary>
    public required ReadOnlyMemory<byte> Raw { get; init; }
}

/// <summary>What a listed name is.</summary>
internal enum ListingEntryType
{
    /// <summary>A device node, pipe or socket; or not known, as with everything NLST lists.</summary>
    Other,
    File,
    Directory,
    Link,
}

/// <summary>What a dialect makes of one line, names still in bytes.</summary>
internal readonly record struct ListedItem(ListingEntryType Type, ReadOnlyMemory<byte> Name)
{
    public long? Length { get; init; }

    public ListedTime? Time { get; init; }

    public ReadOnlyMemory<byte> LinkTarget { get; init; }

    /// <summary>The listed folder itself or its parent (types cdir and pdir of RFC 3659).</summary>
    public bool IsSelfOrParent { get; init; }
}
