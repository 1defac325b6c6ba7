using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace NapterFtp.Ftp.Listings;

/// <summary>Reads a listing from the bytes of a data connection, whatever pieces they arrive in.</summary>
/// <param name="format">The command that made the listing.</param>
/// <param name="names">The encoding of the names.</param>
/// <param name="now">The time to tell years by that LIST leaves out.</param>
/// <param name="limits">How much to keep in memory.</param>
/// <param name="dates">The order of dates in numbers, where another listing has shown it.</param>
/// <param name="padding">The blanks before each name that are not part of it, where another listing has shown them.</param>
internal sealed partial class ListingParser(
    ListingFormat format, NameEncoding names, DateTimeOffset now, FtpLimits? limits = null, DateOrder? dates = null, int? padding = null)
{
    private static readonly string[] Totals =
        ["total", "insgesamt", "gesamt", "totale", "totaal", "totalt", "celkem", "razem", "yhteensä", "toplam", "spolu", "ukupno", "kokku", "suma", "guztira"];

    private readonly FtpLimits _limits = limits ?? FtpLimits.Default;
    private readonly ByteQueue _bytes = new();
    private readonly List<ListingEntry> _entries = [];
    private readonly List<ReadOnlyMemory<byte>> _notUnderstood = [];
    private readonly List<(int Index, NumericDate Date)> _dates = [];
    private readonly List<int> _padded = [];
    private bool _showsBareName;
    private long _received;
    private bool _showsItself;
    private ReadOnlyMemory<byte> _self;

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
        var order = DateOrder.MonthFirst;
        var isShown = false;
        if (_dates.Count > 0)
        {
            order = NumericDate.OrderOf([.. _dates.Select(date => date.Date)], dates, now, out isShown);
        }

        foreach (var (index, date) in _dates)
        {
            _entries[index] = WithTime(_entries[index], date.In(order));
        }

        padding = PaddingOfNames();
        RemovePadding(padding ?? 0);
        return new FtpListing(_entries, _notUnderstood)
        {
            ShowsItself = _showsItself,
            Self = _self,
            DateOrder = isShown ? order : null,
            Padding = padding,
        };
    }

    /// <summary>Whether anything has come.</summary>
    public bool HasBegun => _received > 0;

    /// <summary>Whether what has come so far ends within a line.</summary>
    public bool IsWithinLine => !FtpText.WithoutRemains(_bytes.Unread).IsEmpty;

    /// <summary>Reads the listing in the reply to STAT of a folder (RFC 959 §4.1.3): the lines between the first and the last; null where
    /// the reply is none.</summary>
    public static FtpListing? ParseStat(FtpReply reply, NameEncoding names, DateTimeOffset now)
    {
        if (reply.Code is not (211 or 212 or 213) || reply.Lines.Count < 3)
        {
            return null;
        }

        var parser = new ListingParser(ListingFormat.List, names, now);
        foreach (var line in reply.Lines.Skip(1).SkipLast(1))
        {
            // Some begin each line with the code, some with a space.
            var text = line.Span.StartsWith(reply.Lines[0].Span[..4]) ? line[4..] : line;
            parser.Append([.. text.Span.TrimStart((byte)' '), FtpText.Lf]);
        }

        return parser.Complete();
    }

    /// <summary>Reads a listing's entries once more, by another clock.</summary>
    public static FtpListing Reread(FtpListing listing, NameEncoding names, DateTimeOffset now, DateOrder? dates)
    {
        var parser = new ListingParser(ListingFormat.List, names, now, dates: dates, padding: listing.Padding);
        foreach (var entry in listing.Entries)
        {
            parser.Append([.. entry.Raw.Span, FtpText.Lf]);
        }

        return listing with { Entries = parser.Complete().Entries };
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
        var line = FtpText.OfDevice(_bytes.Take(_bytes.Unread.Length));
        if (line.IsEmpty)
        {
            return;
        }

        if (Parse(line) is not { } item)
        {
            if (format == ListingFormat.List && IsTotal(line.Span))
            {
                _showsItself = true;
            }
            else if (format != ListingFormat.List || !IsDecoration(line.Span))
            {
                _notUnderstood.Add(line);
            }

            return;
        }

        var entry = ToEntry(item, line, names);
        if (item.IsSelfOrParent || entry.Name is "." or "..")
        {
            _showsItself = true;
            _showsBareName |= item.MayBePadded;
            _self = item.IsSelf ? item.Name : _self;
            return;
        }

        if (item.Date is { } date)
        {
            _dates.Add((_entries.Count, date));
        }

        if (item.MayBePadded)
        {
            _padded.Add(_entries.Count);
        }

        _entries.Add(entry);
    }

    // Some servers set all names off by further blanks. Those before a single name may be its own.
    private int? PaddingOfNames()
    {
        if (_showsBareName || _padded.Count == 0)
        {
            return _showsBareName ? 0 : padding;
        }

        var least = _padded.Min(index => BlanksBefore(_entries[index].NameBytes.Span));
        return padding is { } known ? Math.Min(known, least) : _padded.Count > 1 || least == 0 ? least : null;
    }

    // At least one character is the name.
    private static int BlanksBefore(ReadOnlySpan<byte> name) => name.Length - 1 - name[..^1].TrimStart((byte)' ').Length;

    private void RemovePadding(int count)
    {
        if (count == 0)
        {
            return;
        }

        foreach (var index in _padded)
        {
            var bytes = _entries[index].NameBytes[count..];
            _entries[index] = _entries[index] with { Name = names.Decode(bytes.Span, out var isExact), NameBytes = bytes, NameIsExact = isExact };
        }

        _showsItself |= _entries.RemoveAll(entry => entry.Name is "." or "..") > 0;
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
                return IsFailure(line.Span) ? null : new ListedItem(ListingEntryType.Other, line);
            default:
                var latin1 = Encoding.Latin1.GetString(line.Span);
                return EplfListing.Parse(line) ?? UnixListing.Parse(line, latin1, now) ?? DosListing.Parse(line, latin1) ?? VxWorksListing.Parse(line, latin1);
        }
    }

    private static ListingEntry ToEntry(ListedItem item, ReadOnlyMemory<byte> line, NameEncoding names)
    {
        var nameBytes = LastSegment(item.Name, item.Type);
        var name = names.Decode(nameBytes.Span, out var isExact);
        var entry = new ListingEntry
        {
            Name = name,
            NameBytes = nameBytes,
            NameIsExact = isExact,
            Type = item.Type,
            // Of a folder or link the length says nothing about what could be transferred.
            Length = item.Type is ListingEntryType.Directory or ListingEntryType.Link ? null : item.Length,
            LinkTarget = item.LinkTarget.IsEmpty ? null : names.Decode(item.LinkTarget.Span, out _),
            Raw = line,
        };
        return WithTime(entry, item.Time);
    }

    private static ListingEntry WithTime(ListingEntry entry, ListedTime? time) => entry with
    {
        LastWriteTime = time?.Value,
        TimeIsUtc = time?.IsUtc ?? false,
        TimePrecision = time?.Precision ?? TimeSpan.Zero,
        YearIsGuessed = time?.YearIsGuessed ?? false,
    };

    // Servers list a path where they were asked for one, and drives, which are no files, with a backslash. No encoding that names can have
    // uses the byte of "/" within a character.
    private static ReadOnlyMemory<byte> LastSegment(ReadOnlyMemory<byte> path, ListingEntryType type)
    {
        var trimmed = path[..path.Span.TrimEnd((byte)'/').Length];
        trimmed = type != ListingEntryType.File && trimmed.Span.EndsWith(":\\"u8) ? trimmed[..^1] : trimmed;
        return trimmed.IsEmpty ? path : trimmed[(trimmed.Span.LastIndexOf((byte)'/') + 1)..];
    }

    // "total 12" in any language.
    private static bool IsTotal(ReadOnlySpan<byte> line)
    {
        var words = Encoding.Latin1.GetString(line).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return words.Length >= 2 && char.IsAsciiDigit(words[^1][0])
            && (words[0] == "total" || (words.Length == 2 && (words[0][0] > '\x7F' || Totals.Contains(words[0].TrimEnd(':'), StringComparer.OrdinalIgnoreCase))));
    }

    // The head of a table: words and strokes that list nothing.
    private static bool IsDecoration(ReadOnlySpan<byte> line)
    {
        var words = Encoding.Latin1.GetString(line).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.All(word => word.All(c => c == '-')) || words is ["size", "date", "time", "name"];
    }

    /// <summary>What a program says, in place of a listing or of one of its lines, when it cannot list: <c>ls: data: Permission denied</c>.</summary>
    public static bool IsFailure(ReadOnlySpan<byte> line) => Failure().IsMatch(Encoding.Latin1.GetString(line));

    [GeneratedRegex(@"^([^ ]{0,40}/)?(ls|dir|sh|find|stat|opendir): ", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Failure();
}

/// <summary>What a listing said.</summary>
/// <param name="Entries">Its names in the server's order, without the folder itself and its parent.</param>
/// <param name="NotUnderstood">Lines in no known dialect, without their line ends.</param>
internal sealed record FtpListing(IReadOnlyList<ListingEntry> Entries, IReadOnlyList<ReadOnlyMemory<byte>> NotUnderstood)
{
    /// <summary>Whether it named the folder itself, its parent or a total: it is a listing, even where it lists nothing.</summary>
    public bool ShowsItself { get; init; }

    /// <summary>The folder's own path or name, where the listing told (type cdir of RFC 3659).</summary>
    public ReadOnlyMemory<byte> Self { get; init; }

    /// <summary>The order of the dates in numbers, where they rule out the usual one.</summary>
    public DateOrder? DateOrder { get; init; }

    /// <summary>How many blanks stood before each name that are not part of it; null where that is not to be seen.</summary>
    public int? Padding { get; init; }
}

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

    /// <summary>Whether the listing left the year out.</summary>
    public bool YearIsGuessed { get; init; }

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

    /// <summary>In place of <see cref="Time"/>, where only the whole listing tells the order of its numbers.</summary>
    public NumericDate? Date { get; init; }

    public ReadOnlyMemory<byte> LinkTarget { get; init; }

    /// <summary>Whether blanks at the name's beginning may be the table's.</summary>
    public bool MayBePadded { get; init; }

    /// <summary>The listed folder itself or its parent (types cdir and pdir of RFC 3659).</summary>
    public bool IsSelfOrParent { get; init; }

    /// <summary>The listed folder itself (type cdir of RFC 3659).</summary>
    public bool IsSelf { get; init; }
}
