using Microsoft.Extensions.Logging;
using NapterFtp.Ftp;
using NapterFtp.Ftp.Listings;

namespace NapterFtp.Copy;

/// <summary>Lists one folder: by MLSD where the device offers it, else by LIST, else by NLST with SIZE and MDTM for each name. What a
/// device lacks, and how it wants to be asked, is found out once.</summary>
internal static partial class FolderLister
{
    // A command line's blanks and wildcards are, to some servers, those of a shell; a dash begins an option, a quote a quoted name.
    private static readonly System.Buffers.SearchValues<char> NotInArguments = System.Buffers.SearchValues.Create(" *?[]{}'\"`\\~$&;|<>()!");

    /// <summary>Lists a folder; where the connection broke, once more as the keeper's policy says, and what came last counts.</summary>
    public static async Task<FolderListing> ListAsync(SessionKeeper keeper, string folder, CancellationToken cancellationToken)
    {
        FolderListing? broken = null;
        try
        {
            return await keeper.RunAsync(
                async (session, token) =>
                {
                    broken = null;
                    var listing = await ListAsync(session, folder, moreFollow: true, token);
                    if (listing.Failure is { Kind: NapterFtpErrorKind.Connection or NapterFtpErrorKind.Timeout } failure)
                    {
                        broken = listing;
                        throw failure;
                    }

                    return listing;
                },
                cancellationToken);
        }
        catch (NapterFtpException exception) when (broken?.Failure == exception)
        {
            return broken;
        }
    }

    /// <param name="session">A session with the device.</param>
    /// <param name="folder">The folder's absolute path.</param>
    /// <param name="moreFollow">Whether another transfer is likely to follow.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="NapterFtpException"><c>RemoteItemNotFound</c> and other refusals; <c>FtpListingTooLong</c>; the connection broke before anything came.</exception>
    public static async Task<FolderListing> ListAsync(
        FtpClientSession session, string folder, bool moreFollow, CancellationToken cancellationToken)
    {
        NapterFtpException? refusal = null;
        foreach (var format in new[] { ListingFormat.Mlsd, ListingFormat.List, ListingFormat.Nlst })
        {
            var known = session.Traits.ListVerb;
            if (session.Traits.May(Verb(format)) && (known is null || known == Verb(format) || !session.Traits.May(known) || format == ListingFormat.Nlst))
            {
                var (listing, no) = await new Folder(session, folder, format, moreFollow).ListAsync(cancellationToken);
                if (listing is not null)
                {
                    return listing;
                }

                refusal = no ?? refusal;
            }
        }

        throw refusal ?? Errors.Refused(session.Device, session.Command("LIST", folder), folder, FtpReply.Create(502, "The device offers neither MLSD, LIST nor NLST."));
    }

    /// <summary>A folder's entries with links as such: by MLSD some servers tell what a link points to, and only LIST shows that it is one.</summary>
    public static async Task<IReadOnlyList<RemoteEntry>> WithLinksAsync(
        FtpClientSession session, string folder, IReadOnlyList<RemoteEntry> entries, CancellationToken cancellationToken) =>
        session.Traits.ListVerb == "MLSD" ? await AsListShowsAsync(session, folder, entries, cancellationToken) : entries;

    /// <summary>An item that was found by its path, as a link where it is one: MLST and CWD tell what it points to.</summary>
    public static async Task<RemoteEntry> WithLinkAsync(FtpClientSession session, RemoteEntry entry, CancellationToken cancellationToken) =>
        (await AsListShowsAsync(session, RemotePath.FolderOf(entry.FullName), [entry], cancellationToken))[0];

    private static async Task<IReadOnlyList<RemoteEntry>> AsListShowsAsync(
        FtpClientSession session, string folder, IReadOnlyList<RemoteEntry> entries, CancellationToken cancellationToken)
    {
        if (!session.Traits.May("LIST") || !entries.Any(entry => entry.Type == NapterFtpItemType.Directory))
        {
            return entries;
        }

        var (listing, _) = await new Folder(session, folder, ListingFormat.List, moreFollow: true).ListAsync(cancellationToken);
        var links = (listing?.Entries ?? []).Where(entry => entry.Type == NapterFtpItemType.SymbolicLink).Select(entry => entry.Name).ToHashSet(StringComparer.Ordinal);
        return [.. entries.Select(entry => links.Contains(entry.Name) ? entry with { Type = NapterFtpItemType.SymbolicLink } : entry)];
    }

    /// <inheritdoc cref="FindAsync(FtpClientSession, string, bool, CancellationToken)"/>
    public static Task<RemoteEntry?> FindAsync(FtpClientSession session, string path, CancellationToken cancellationToken) =>
        FindAsync(session, path, assume: false, cancellationToken);

    /// <summary>What a path is, without a data connection where the device offers MLST; null where it says that there is nothing.</summary>
    /// <param name="session">A session with the device.</param>
    /// <param name="path">The absolute path.</param>
    /// <param name="assume">Whether a name that nothing can be found out about is taken for a file: what is done with it will show.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<RemoteEntry?> FindAsync(FtpClientSession session, string path, bool assume, CancellationToken cancellationToken)
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
                return Listed.ToRemote(session, path, fact, NapterFtpTimeSource.Mlsd)! with { FullName = path };
            }

            if (reply.Code == 550)
            {
                return null;
            }
        }

        if (await Listed.EntersAsync(session, path, cancellationToken))
        {
            return new RemoteEntry { FullName = path, Type = NapterFtpItemType.Directory };
        }

        return await FindInFolderAsync(session, path, assume, cancellationToken);
    }

    private static async Task<RemoteEntry?> FindInFolderAsync(FtpClientSession session, string path, bool assume, CancellationToken cancellationToken)
    {
        NapterFtpException? refusal = null;
        try
        {
            var listing = await ListAsync(session, RemotePath.FolderOf(path), moreFollow: true, cancellationToken);
            var listed = listing.Entries.FirstOrDefault(entry => entry.FullName == path);
            if (listed is not null || listing.IsComplete)
            {
                return listed ?? await InOtherCaseAsync(session, path, listing.Entries, cancellationToken);
            }
        }
        catch (NapterFtpException exception) when (Errors.IsAboutPath(exception))
        {
            refusal = exception;
        }

        // Where nobody may look, who knows the name may still ask for it.
        var file = await Listed.DescribeAsync(session, new RemoteEntry { FullName = path, Type = NapterFtpItemType.File }, mayBeFolder: false, cancellationToken);
        return file.Length is not null || file.Modified is not null || assume ? file
            : refusal is null or { Kind: NapterFtpErrorKind.NotFound } ? null
            : throw refusal;
    }

    /// <summary>The item whose name differs from a path's by case alone, where the device finds it under the path all the same, as FAT does.</summary>
    private static async Task<RemoteEntry?> InOtherCaseAsync(
        FtpClientSession session, string path, IReadOnlyList<RemoteEntry> entries, CancellationToken cancellationToken)
    {
        var other = entries.Where(entry => entry.FullName.Equals(path, StringComparison.OrdinalIgnoreCase)).ToList();
        return other.Count == 1 && await session.SizeAsync(path, cancellationToken) is not null ? other[0] : null;
    }

    private static string Verb(ListingFormat format) => format switch { ListingFormat.Mlsd => "MLSD", ListingFormat.List => "LIST", _ => "NLST" };

    /// <summary>One folder, listed by one command.</summary>
    private sealed partial class Folder(FtpClientSession session, string folder, ListingFormat format, bool moreFollow)
    {
        private readonly DeviceTraits _traits = session.Traits;

        private string Verb => FolderLister.Verb(format);

        private bool FitsArgument => !folder.AsSpan().ContainsAny(NotInArguments) && !folder.Contains("/-", StringComparison.Ordinal) && !_traits.Paths.NamesOnly;

        /// <returns>The listing; without one, the next command is to be tried.</returns>
        public async Task<(FolderListing? Listing, NapterFtpException? Refusal)> ListAsync(CancellationToken cancellationToken)
        {
            // 1. In the way that fits the device as far as is known, else in the other.
            Answer? first = null;
            Answer? entered = null;
            foreach (var byArgument in Ways())
            {
                if (!byArgument && !_traits.May("CWD"))
                {
                    continue;
                }

                var answer = await ReadAsync(byArgument, cancellationToken);
                if (answer.Listing is { } listing && (first is null || first.Refused is { Command.Verb: not "CWD" } || listing.Entries.Count > 0))
                {
                    return (await JudgeAsync(answer, first is not null, cancellationToken), null);
                }

                if (answer.Refused is { } refused && refused.Command.Verb != "CWD")
                {
                    if (!_traits.May(Verb))
                    {
                        return (null, Refusal(answer));
                    }

                    if (refused.Reply.Code is 421 or 425 or 426 or 451 or 452)
                    {
                        throw Refusal(answer);
                    }
                }

                entered = byArgument || answer.Refused?.Command.Verb == "CWD" ? entered : answer;
                first ??= answer;
            }

            // 2. A folder that was entered and not listed may be empty: that is how many servers say so.
            if (entered?.Refused is { Reply.Code: 450 or 550 })
            {
                return (await ProveAsync(Refusal(entered), [], cancellationToken), null);
            }

            // 3. What the device takes for a mistake in the command itself leaves the next one.
            if (format == ListingFormat.Mlsd && _traits.ListVerb is null && first!.Refused is { Reply.Code: 501 or 503 or 504 })
            {
                _traits.Refuse(Verb);
                return (null, Refusal(first));
            }

            throw Refusal(entered ?? first!);
        }

        // LIST and NLST of a path would take what is special in it for what it is to a shell, so the folder is entered first.
        private IEnumerable<bool> Ways()
        {
            if (folder == RemotePath.Root && !_traits.May("CWD"))
            {
                return [true];
            }

            var argumentFirst = _traits.Listing.ByArgument ?? format == ListingFormat.Mlsd;
            return !FitsArgument && _traits.May("CWD") ? [false] : argumentFirst ? [true, false] : [false, true];
        }

        private async Task<FolderListing> JudgeAsync(Answer answer, bool afterRefusal, CancellationToken cancellationToken)
        {
            // 1. A folder that lists itself as its own child may be another one: the device did not look at where it was asked to.
            var listing = answer.Listing!;
            var name = RemotePath.NameOf(folder);
            if (_traits.Listing.ByArgument is null && folder != RemotePath.Root && FitsArgument && _traits.May("CWD")
                && listing.Entries.Any(entry => entry.Type == ListingEntryType.Directory && entry.Name == name))
            {
                var other = await ReadAsync(!answer.ByArgument, cancellationToken);
                var differs = other.Listing is { } another && !another.Entries.Select(entry => entry.Name).SequenceEqual(listing.Entries.Select(entry => entry.Name));
                answer = differs ? other : answer;
                listing = answer.Listing!;
                _traits.Listing = _traits.Listing with { ByArgument = answer.ByArgument };
            }
            else if (afterRefusal && listing.Entries.Count > 0)
            {
                _traits.Listing = _traits.Listing with { ByArgument = answer.ByArgument };
            }

            // 2. Lines in no known dialect: the next command may tell more.
            if (listing is { Entries.Count: 0, NotUnderstood.Count: > 0, ShowsItself: false } && !listing.NotUnderstood.All(line => ListingParser.IsFailure(line.Span))
                && format != ListingFormat.Nlst && _traits.ListVerb is null)
            {
                _traits.Refuse(Verb);
                try
                {
                    return await FolderLister.ListAsync(session, folder, moreFollow, cancellationToken);
                }
                catch (NapterFtpException exception) when (exception.Kind is not (NapterFtpErrorKind.Connection or NapterFtpErrorKind.Timeout))
                {
                    // None does: these lines are all that there is to know.
                    _traits.Allow(Verb);
                }
            }

            _traits.ListVerb ??= Verb;
            _traits.ListVerb = _traits.May(_traits.ListVerb) ? _traits.ListVerb : Verb;
            var failure = answer.Cut ?? Denied(answer);
            var result = await Listed.FinishAsync(session, folder, format, listing, cancellationToken) with { Failure = failure, IsUnsealed = answer.IsUnsealed };

            // 3. Nothing, or nothing but complaints: it may be empty, or was not read.
            return answer.Listing!.ShowsItself || result.Entries.Count > 0 || answer.Cut is not null || answer.IsUnsealed ? result
                : result.IsComplete ? await DoubtAsync(result, answer, cancellationToken)
                : await ProveAsync(failure, result.NotUnderstood, cancellationToken);
        }

        private async Task<Answer> ReadAsync(bool byArgument, CancellationToken cancellationToken)
        {
            // Where paths are what they are elsewhere, CWD costs no round trip of its own once the device is known to keep order.
            var pipelines = !byArgument && !_traits.Paths.NamesOnly && _traits.Paths.EntersAtOnce;
            var answer = await ReadAsync(byArgument, pipelines, cancellationToken);
            if (pipelines && answer.Refused is { Command.Verb: "CWD" } refused && await session.EnterOtherwiseAsync(folder, refused, cancellationToken) is null)
            {
                pipelines = false;
                answer = await ReadAsync(byArgument, pipelines, cancellationToken);
            }

            return answer is { IsUnsealed: true, Cut: not null } ? await ReadAgainAsync(answer, byArgument, pipelines, cancellationToken) : answer;
        }

        /// <summary>An end without TLS's marker may be a cut. Where the same names come once more and end so again, the gateway ends all so.</summary>
        private async Task<Answer> ReadAgainAsync(Answer first, bool byArgument, bool pipelines, CancellationToken cancellationToken)
        {
            var second = await ReadAsync(byArgument, pipelines, cancellationToken);
            if (!second.IsUnsealed || !second.Listing!.Entries.Select(entry => entry.Name).SequenceEqual(first.Listing!.Entries.Select(entry => entry.Name), StringComparer.Ordinal))
            {
                return second.Listing is null ? first : second;
            }

            _traits.EndsUnsealed = true;
            session.Logger.LogWarning(
                "{Device}: listings end without TLS's end marker (close_notify), so that one which was cut cannot be told from a whole one. No mirror deletes anything by them.",
                session.Device);
            return second with { Cut = null };
        }

        private async Task<Answer> ReadAsync(bool byArgument, bool pipelines, CancellationToken cancellationToken, string? options = null)
        {
            if (!byArgument && !pipelines && await session.GoToAsync(folder, cancellationToken) is { } closed)
            {
                LearnCwd(closed);
                return new Answer(byArgument) { Refused = closed };
            }

            var request = new TransferRequest
            {
                Command = session.Command(Verb, !byArgument || (format != ListingFormat.Mlsd && folder == RemotePath.Root) ? options : folder),
                Before = pipelines ? [session.Command("CWD", folder)] : [],
                Path = folder,
                Following = moreFollow ? 1 : 0,
            };
            var parser = NewParser();
            var isWhole = false;
            TransferOutcome outcome;
            try
            {
                outcome = await session.TransferAsync(
                    request,
                    async (flow, token) =>
                    {
                        parser = NewParser();
                        var buffer = new byte[16 * 1024];
                        while (await flow.ReadAsync(buffer, token) is var count and > 0)
                        {
                            parser.Append(buffer.AsSpan(0, count));
                        }

                        isWhole = flow.EndedCleanly;
                    },
                    cancellationToken);
            }
            catch (NapterFtpException exception) when (parser.HasBegun && exception.Kind is NapterFtpErrorKind.Connection or NapterFtpErrorKind.Timeout)
            {
                return new Answer(byArgument) { Listing = parser.Complete(), Cut = exception };
            }

            if (outcome.Refused is { } refused)
            {
                LearnCwd(refused);
                return new Answer(byArgument) { Refused = refused };
            }

            // A device that never closes the data connection has said that it is done; half a line says that it is not.
            var isWithinLine = parser.IsWithinLine;
            var isUnsealed = !isWhole && parser.HasBegun;
            var cut = isUnsealed && (isWithinLine || !_traits.EndsUnsealed) ? "ended without TLS's end marker (close_notify)"
                : outcome.End == DataEnd.LeftOpen && isWithinLine ? "was left open within a line"
                : null;
            return new Answer(byArgument)
            {
                Listing = parser.Complete(),
                Final = outcome.Final,
                Cut = cut is null ? null : Errors.ListingCut(session.Device, cut),
                IsUnsealed = isUnsealed && !isWithinLine,
            };
        }

        private ListingParser NewParser() => new(
            format,
            session.Options.Names.Encoding,
            session.Now + _traits.Clock.Ahead,
            new FtpLimits { MaxListingLength = session.Options.ListingLimit },
            _traits.Listing.Dates,
            _traits.Listing.Padding);

        private void LearnCwd((FtpCommand Command, FtpReply Reply) refused)
        {
            if (refused.Command.Verb == "CWD")
            {
                _traits.Learn("CWD", refused.Reply);
            }
        }

        private NapterFtpException Refusal(Answer answer) => Errors.Refused(session.Device, answer.Refused!.Value.Command, folder, answer.Refused.Value.Reply);
    }

    /// <summary>What came of one command.</summary>
    private sealed record Answer(bool ByArgument)
    {
        public FtpListing? Listing { get; init; }

        /// <summary>What broke the listing off; null where it came to its end.</summary>
        public NapterFtpException? Cut { get; init; }

        /// <summary>Whether it ended behind a line, but without TLS's end marker.</summary>
        public bool IsUnsealed { get; init; }

        public FtpReply? Final { get; init; }

        public (FtpCommand Command, FtpReply Reply)? Refused { get; init; }
    }
}
