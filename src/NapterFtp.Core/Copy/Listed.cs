using NapterFtp.Ftp;
using NapterFtp.Ftp.Listings;

namespace NapterFtp.Copy;

/// <summary>What lines of a listing mean on this device: its paths, its clock, its lengths. What only the device can tell, it is asked
/// about a file or two, once.</summary>
internal static class Listed
{
    // More would cost more round trips than right times are worth.
    private const int MostSamples = 8;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    // From UTC-12 to UTC+14.
    private static readonly TimeSpan AnyZone = TimeSpan.FromHours(14);

    /// <summary>Turns what the parser read into items.</summary>
    public static async Task<FolderListing> FinishAsync(
        FtpClientSession session, string folder, ListingFormat format, FtpListing listing, CancellationToken cancellationToken)
    {
        if (listing.DateOrder is { } order)
        {
            session.Traits.Listing = session.Traits.Listing with { Dates = order };
        }

        session.Traits.Listing = session.Traits.Listing with { Padding = listing.Padding ?? session.Traits.Listing.Padding };

        if (format == ListingFormat.List)
        {
            listing = await FindClockAsync(session, folder, listing, cancellationToken);
            await CheckLengthsAsync(session, folder, listing, cancellationToken);
        }

        var source = format switch { ListingFormat.Mlsd => NapterFtpTimeSource.Mlsd, ListingFormat.List => NapterFtpTimeSource.List, _ => NapterFtpTimeSource.None };
        var entries = new List<RemoteEntry>(listing.Entries.Count);
        var unnamed = new List<ReadOnlyMemory<byte>>(listing.NotUnderstood);
        foreach (var entry in listing.Entries)
        {
            if (ToRemote(session, RemotePath.Combine(folder, session.Options.Names.Decode(entry.NameBytes.Span)), entry, source) is not { } remote)
            {
                unnamed.Add(entry.Raw);
            }
            else
            {
                entries.Add(format == ListingFormat.Nlst ? await DescribeAsync(session, remote, mayBeFolder: true, cancellationToken) : remote);
            }
        }

        return new FolderListing(folder, entries)
        {
            NotUnderstood = [.. unnamed.Select(line => LocalNames.Printable(session.Options.Names.Decode(line.Span)))],
        };
    }

    /// <summary>An entry as an item; null where its name cannot be part of a path.</summary>
    public static RemoteEntry? ToRemote(FtpClientSession session, string path, ListingEntry entry, NapterFtpTimeSource source)
    {
        if (!RemotePath.IsName(session.Options.Names.Decode(entry.NameBytes.Span)))
        {
            return null;
        }

        var clock = session.Clock;
        var offset = entry.TimeIsUtc || entry.LastWriteTime is null ? TimeSpan.Zero : clock.LikelyAt(entry.LastWriteTime.Value);
        return new RemoteEntry
        {
            FullName = path,
            Type = entry.Type switch
            {
                ListingEntryType.File => NapterFtpItemType.File,
                ListingEntryType.Directory => NapterFtpItemType.Directory,
                ListingEntryType.Link => NapterFtpItemType.SymbolicLink,
                _ => NapterFtpItemType.Other,
            },
            Length = source == NapterFtpTimeSource.List && session.Traits.Listing.ExactLengths == false ? null : entry.Length,
            Modified = entry.LastWriteTime + (offset ?? TimeSpan.Zero),
            Precision = entry.TimePrecision < Day || entry.TimeIsUtc ? entry.TimePrecision : entry.TimePrecision + (offset is null ? AnyZone : Hour),
            TimeSource = entry.LastWriteTime is null ? NapterFtpTimeSource.None
                : source == NapterFtpTimeSource.List && offset is not null ? NapterFtpTimeSource.ListInUtc
                : source,
            LinkTarget = entry.LinkTarget,
        };
    }

    /// <summary>What SIZE and MDTM tell of a name; and CWD, whether it is a folder.</summary>
    public static async Task<RemoteEntry> DescribeAsync(FtpClientSession session, RemoteEntry entry, bool mayBeFolder, CancellationToken cancellationToken)
    {
        var size = await session.SizeAsync(entry.FullName, cancellationToken);
        if (mayBeFolder && size is null && await EntersAsync(session, entry.FullName, cancellationToken))
        {
            return entry with { Type = NapterFtpItemType.Directory };
        }

        var time = await session.TimeAsync(entry.FullName, cancellationToken);
        return entry with
        {
            Type = NapterFtpItemType.File,
            Length = size,
            Modified = time,
            Precision = time is null ? TimeSpan.Zero : TimeSpan.FromSeconds(1),
            TimeSource = time is null ? NapterFtpTimeSource.None : NapterFtpTimeSource.Mdtm,
        };
    }

    /// <summary>The length of the file that a link points to; null where it points to a folder or nowhere, or that cannot be told.</summary>
    public static async Task<long?> LinkedLengthAsync(FtpClientSession session, string link, CancellationToken cancellationToken)
    {
        if (await session.SizeAsync(link, cancellationToken) is not { } size)
        {
            return null;
        }

        // What has a size is a file, but on some servers (bftpd), which tell that of the folder with the link as well.
        session.Traits.SizesFolders ??= await session.SizeAsync(RemotePath.FolderOf(link), cancellationToken) is not null;
        return session.Traits.SizesFolders == true && await EntersAsync(session, link, cancellationToken) ? null : size;
    }

    /// <summary>Whether a path can be entered.</summary>
    public static async Task<bool> EntersAsync(FtpClientSession session, string folder, CancellationToken cancellationToken)
    {
        if (!session.Traits.May("CWD") || session.Traits.EntersAnything == true)
        {
            return false;
        }

        var reply = await session.AskAsync(session.Command("CWD", folder), cancellationToken);
        session.Traits.Learn("CWD", reply);
        return FtpClientSession.IsEntered(reply) && await session.HasMovedAsync(cancellationToken);
    }

    /// <summary>Asks the time of as many files as it takes to know the offset of all; reads the listing once more where it shows that the
    /// device's clock is days ahead.</summary>
    private static async Task<FtpListing> FindClockAsync(FtpClientSession session, string folder, FtpListing listing, CancellationToken cancellationToken)
    {
        var traits = session.Traits;
        for (var asked = 0; asked < MostSamples && traits.May("MDTM"); asked++)
        {
            var samples = Samples(session, listing).Where(entry => entry is { TimeIsUtc: false, LastWriteTime: not null } && entry.TimePrecision <= Minute).ToList();
            var doubtful = samples.Where(entry => entry.YearIsGuessed).Select(entry => entry.LastWriteTime!.Value);
            if ((session.Clock.DoubtfulYear(doubtful, session.Now) ?? session.Clock.NextToAsk(samples.Select(entry => entry.LastWriteTime!.Value))) is not { } listed)
            {
                break;
            }

            var sample = samples.First(entry => entry.LastWriteTime == listed);
            var utc = await session.TimeAsync(PathOf(session, folder, sample), cancellationToken);
            var before = traits.Clock.Ahead;
            traits.Clock = traits.Clock.With(listed, utc, session.Now);
            if (traits.Clock.Ahead != before)
            {
                listing = ListingParser.Reread(listing, session.Options.Names.Encoding, session.Now + traits.Clock.Ahead, traits.Listing.Dates);
            }
        }

        return listing;
    }

    /// <summary>Some servers list lengths in blocks, or rounded up. A length that SIZE confirms shows that this one lists bytes; two that
    /// it does not, that it does not; and two of which it tells 0, that SIZE tells nothing.</summary>
    private static async Task CheckLengthsAsync(FtpClientSession session, string folder, FtpListing listing, CancellationToken cancellationToken)
    {
        var traits = session.Traits;
        if (traits.Listing.ExactLengths is not null || !traits.May("SIZE"))
        {
            return;
        }

        // A file written long ago does not grow.
        var (differing, empty) = (0, 0);
        foreach (var sample in Samples(session, listing).Where(entry => entry.Length > 0).OrderBy(entry => entry.LastWriteTime).Take(2))
        {
            if (await session.SizeAsync(PathOf(session, folder, sample), cancellationToken) is not { } size)
            {
                return;
            }

            if (size == sample.Length)
            {
                traits.Listing = traits.Listing with { ExactLengths = true };
                return;
            }

            differing++;
            empty += size == 0 ? 1 : 0;
        }

        if (empty == 2)
        {
            traits.Refuse("SIZE");
        }
        else if (differing > empty)
        {
            traits.Listing = traits.Listing with { ExactLengths = false };
        }
    }

    private static IEnumerable<ListingEntry> Samples(FtpClientSession session, FtpListing listing) =>
        listing.Entries.Where(entry => entry.Type == ListingEntryType.File && RemotePath.IsName(session.Options.Names.Decode(entry.NameBytes.Span)));

    private static string PathOf(FtpClientSession session, string folder, ListingEntry entry) =>
        RemotePath.Combine(folder, session.Options.Names.Decode(entry.NameBytes.Span));
}
