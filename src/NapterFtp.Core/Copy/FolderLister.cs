using NapterFtp.Ftp;
using NapterFtp.Ftp.Listings;

namespace NapterFtp.Copy;

/// <summary>Lists one folder with one data connection: by MLSD where the device offers it, else by LIST, else by NLST with SIZE
/// and MDTM for each name. What a device lacks is found out once.</summary>
internal static class FolderLister
{
    private static readonly TimeSpan ZoneStep = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <param name="session">A session with the device.</param>
    /// <param name="folder">The folder's absolute path.</param>
    /// <param name="moreFollow">Whether another transfer is likely to follow.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="NapterFtpException"><c>RemoteItemNotFound</c> and other refusals; <c>FtpListingTooLong</c>; the connection broke.</exception>
    public static async Task<FolderListing> ListAsync(
        FtpClientSession session, string folder, bool moreFollow, CancellationToken cancellationToken)
    {
        var traits = session.Traits;
        if (traits.ListVerb is null or "MLSD" && traits.May("MLSD"))
        {
            var (listing, refused) = await ReadAsync(session, folder, ListingFormat.Mlsd, moreFollow, cancellationToken);
            if (listing is not null && (listing.NotUnderstood.Count == 0 || listing.Entries.Count > 0))
            {
                traits.ListVerb = "MLSD";
                return ToListing(session, folder, listing, NapterFtpTimeSource.Mlsd);
            }

            if (refused is { } no && traits.May("MLSD") && (traits.ListVerb is not null || no.Reply.Code is not 501))
            {
                throw Errors.Refused(session.Device, no.Command, folder, no.Reply);
            }

            traits.Refuse("MLSD");
        }

        if (traits.ListVerb is null or "MLSD" or "LIST" && traits.May("LIST"))
        {
            var (listing, refused) = await ReadAsync(session, folder, ListingFormat.List, moreFollow, cancellationToken);
            if (listing is not null && (listing.NotUnderstood.Count == 0 || listing.Entries.Count > 0))
            {
                traits.ListVerb = "LIST";
                await FindZoneAsync(session, folder, listing, cancellationToken);
                return ToListing(session, folder, listing, NapterFtpTimeSource.List);
            }

            if (refused is { } no && traits.May("LIST"))
            {
                throw Errors.Refused(session.Device, no.Command, folder, no.Reply);
            }
        }

        traits.ListVerb = "NLST";
        var names = await ReadAsync(session, folder, ListingFormat.Nlst, moreFollow, cancellationToken);
        if (names.Refused is { } nothing)
        {
            throw Errors.Refused(session.Device, nothing.Command, folder, nothing.Reply);
        }

        var entries = new List<RemoteEntry>();
        foreach (var entry in names.Listing!.Entries)
        {
            if (ToRemote(session, folder, entry, NapterFtpTimeSource.None) is { } remote)
            {
                entries.Add(await DescribeAsync(session, remote, cancellationToken));
            }
        }

        return new FolderListing(folder, entries);
    }

    /// <summary>What a path is, without a data connection where the device offers MLST; null where it says that there is nothing.</summary>
    public static async Task<RemoteEntry?> FindAsync(FtpClientSession session, string path, CancellationToken cancellationToken)
    {
        if (path == RemotePath.Root)
        {
            return new RemoteEntry { FullName = path, Type = NapterFtpItemType.Directory };
        }

        if (session.Traits.Offers("MLST"))
        {
            var reply = await session.AskAsync(session.Command("MLST", path), cancellationToken);
            session.Traits.Learn("MLST", reply);
            if (ListingParser.ParseMlst(reply, session.Options.Names.Encoding) is { } fact)
            {
                // The name in the reply may be the path in the server's own words.
                return ToRemote(session, path, fact, NapterFtpTimeSource.Mlsd)! with { FullName = path };
            }

            if (reply.Code == 550)
            {
                return null;
            }
        }

        if (await EntersAsync(session, path, cancellationToken))
        {
            return new RemoteEntry { FullName = path, Type = NapterFtpItemType.Directory };
        }

        try
        {
            return (await ListAsync(session, RemotePath.FolderOf(path), moreFollow: true, cancellationToken)).Entries.FirstOrDefault(entry => entry.FullName == path);
        }
        catch (NapterFtpException exception) when (exception.Kind == NapterFtpErrorKind.NotFound)
        {
            return null;
        }
    }

    private static async Task<(FtpListing? Listing, (FtpCommand Command, FtpReply Reply)? Refused)> ReadAsync(
        FtpClientSession session, string folder, ListingFormat format, bool moreFollow, CancellationToken cancellationToken)
    {
        var options = session.Options;

        // LIST and NLST of a path would take wildcards and switches in it for what they are in a shell, so the folder is entered first;
        // but for devices that cannot.
        var enters = format != ListingFormat.Mlsd && session.Traits.May("CWD");
        var verb = format == ListingFormat.Mlsd ? "MLSD" : format == ListingFormat.List ? "LIST" : "NLST";
        var request = new TransferRequest
        {
            Command = session.Command(verb, enters || (format != ListingFormat.Mlsd && folder == RemotePath.Root) ? null : folder),
            Before = enters ? [session.Command("CWD", folder)] : [],
            Path = folder,
            Following = moreFollow ? 1 : 0,
        };
        ListingParser parser = null!;
        var outcome = await session.TransferAsync(
            request,
            async (flow, token) =>
            {
                parser = new ListingParser(format, options.Names.Encoding, session.Now, new FtpLimits { MaxListingLength = options.ListingLimit });
                var buffer = new byte[16 * 1024];
                while (await flow.ReadAsync(buffer, token) is var count and > 0)
                {
                    parser.Append(buffer.AsSpan(0, count));
                }
            },
            cancellationToken);
        if (outcome.Refused is not { } refused)
        {
            return (parser.Complete(), null);
        }

        if (refused.Command.Verb == "CWD" && DeviceTraits.IsUnknown(refused.Reply))
        {
            session.Traits.Refuse("CWD");
            return await ReadAsync(session, folder, format, moreFollow, cancellationToken);
        }

        // That is how many servers say that a folder is empty, once they have entered it.
        return request.Before.Count > 0 && refused.Command == request.Command && refused.Reply.Code is 450 or 550
            ? (new FtpListing([], []), null)
            : (null, refused);
    }

    private static FolderListing ToListing(FtpClientSession session, string folder, FtpListing listing, NapterFtpTimeSource source)
    {
        var entries = listing.Entries.Select(entry => (Listed: entry, Remote: ToRemote(session, folder, entry, source))).ToList();
        return new FolderListing(folder, [.. entries.Select(entry => entry.Remote).OfType<RemoteEntry>()])
        {
            NotUnderstood =
            [
                .. listing.NotUnderstood.Concat(entries.Where(entry => entry.Remote is null).Select(entry => entry.Listed.Raw))
                    .Select(line => LocalNames.Printable(session.Options.Names.Decode(line.Span))),
            ],
        };
    }

    private static RemoteEntry? ToRemote(FtpClientSession session, string folder, ListingEntry entry, NapterFtpTimeSource source)
    {
        var name = session.Options.Names.Decode(entry.NameBytes.Span);
        if (!RemotePath.IsName(name))
        {
            return null;
        }

        var offset = entry.TimeIsUtc ? TimeSpan.Zero : session.Traits.ListOffset;
        return new RemoteEntry
        {
            FullName = RemotePath.Combine(folder, name),
            Type = entry.Type switch
            {
                ListingEntryType.File => NapterFtpItemType.File,
                ListingEntryType.Directory => NapterFtpItemType.Directory,
                ListingEntryType.Link => NapterFtpItemType.SymbolicLink,
                _ => NapterFtpItemType.Other,
            },
            Length = entry.Length,
            Modified = entry.LastWriteTime + (offset ?? TimeSpan.Zero),
            Precision = entry.TimePrecision,
            TimeSource = entry.LastWriteTime is null ? NapterFtpTimeSource.None
                : source == NapterFtpTimeSource.List && offset is not null ? NapterFtpTimeSource.ListInUtc
                : source,
            LinkTarget = entry.LinkTarget,
        };
    }

    /// <summary>LIST shows the device's clock in a zone it does not name; MDTM of one file tells the difference from UTC.</summary>
    private static async Task FindZoneAsync(FtpClientSession session, string folder, FtpListing listing, CancellationToken cancellationToken)
    {
        if (session.Traits.ListOffset is not null || !session.Traits.May("MDTM"))
        {
            return;
        }

        var sample = listing.Entries.FirstOrDefault(entry => entry is { Type: ListingEntryType.File, TimeIsUtc: false, LastWriteTime: not null } && entry.TimePrecision <= Minute);
        if (sample is null || session.Options.Names.Decode(sample.NameBytes.Span) is var name && !RemotePath.IsName(name))
        {
            return;
        }

        if (await session.TimeAsync(RemotePath.Combine(folder, session.Options.Names.Decode(sample.NameBytes.Span)), cancellationToken) is { } utc)
        {
            var difference = utc - sample.LastWriteTime!.Value;
            var offset = ZoneStep * Math.Round(difference / ZoneStep);
            if ((difference - offset).Duration() <= 2 * Minute && offset.Duration() <= TimeSpan.FromHours(15))
            {
                session.Traits.ListOffset = offset;
            }
        }
    }

    private static async Task<bool> EntersAsync(FtpClientSession session, string folder, CancellationToken cancellationToken)
    {
        if (!session.Traits.May("CWD"))
        {
            return false;
        }

        var reply = await session.AskAsync(session.Command("CWD", folder), cancellationToken);
        session.Traits.Learn("CWD", reply);
        return reply.IsCompletion && reply.Code != 202;
    }

    /// <summary>NLST tells names only: what has a size is a file, what can be entered is a folder.</summary>
    private static async Task<RemoteEntry> DescribeAsync(FtpClientSession session, RemoteEntry entry, CancellationToken cancellationToken)
    {
        var size = await session.SizeAsync(entry.FullName, cancellationToken);
        if (size is null && await EntersAsync(session, entry.FullName, cancellationToken))
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
}
