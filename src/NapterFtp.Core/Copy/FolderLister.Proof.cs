using NapterFtp.Ftp;
using NapterFtp.Ftp.Listings;

namespace NapterFtp.Copy;

/// <summary>Whether a folder of which nothing was listed is empty. Mirror deletes what is not there, so that nothing less than a proof
/// will do.</summary>
/// <remarks>What the parent's listing says of a folder is none: its size, its count of links, its rights (UNIX.mode, perm) and its part of
/// <c>LIST -R</c> are the same for a folder that is empty and for one that the server may not read (proftpd, pure-ftpd). But the parent shows
/// whether the device knows the option for all names, with which a folder that is read lists itself.</remarks>
internal static partial class FolderLister
{
    private sealed partial class Folder
    {
        private const string AllNames = "-a";

        /// <summary>Takes an empty listing for what it says, unless the folder was not read: some servers list that as nothing, and say 226.</summary>
        private async Task<FolderListing> DoubtAsync(FolderListing empty, Answer answer, CancellationToken cancellationToken) =>
            format != ListingFormat.Mlsd && answer.Final is { Code: 226 or 250 } final && await ReadAllAsync(cancellationToken) is (false, _)
                ? throw Errors.NotRead(session.Device, Verb, folder, final)
                : empty;

        /// <summary>Lists a folder in a second way, after the usual one was refused or listed nothing but complaints. What nothing proves
        /// empty is incomplete.</summary>
        private async Task<FolderListing> ProveAsync(NapterFtpException? failure, IReadOnlyList<string> notUnderstood, CancellationToken cancellationToken)
        {
            // 1. All names, the folder's own among them.
            var (isRead, all) = await ReadAllAsync(cancellationToken);
            if (all is not null)
            {
                return await Listed.FinishAsync(session, folder, ListingFormat.List, all, cancellationToken);
            }

            // 2. By its path, and by names alone. Where the folder is known not to have been read, that they list nothing says nothing.
            if (format == ListingFormat.List && FitsArgument && folder != RemotePath.Root
                && Whole(await ReadAsync(byArgument: true, cancellationToken)) is { } seen && (isRead is null || seen.Entries.Count > 0))
            {
                return await Listed.FinishAsync(session, folder, format, seen, cancellationToken);
            }

            if (format != ListingFormat.Nlst && _traits.May("NLST"))
            {
                var names = new Folder(session, folder, ListingFormat.Nlst, moreFollow);
                if (Whole(await names.ReadAsync(byArgument: !_traits.May("CWD"), cancellationToken)) is { } named && (isRead is null || named.Entries.Count > 0))
                {
                    return await Listed.FinishAsync(session, folder, ListingFormat.Nlst, named, cancellationToken);
                }
            }

            // 3. Over the control connection.
            if (_traits.May("STAT") && FitsArgument)
            {
                var reply = await session.AskAsync(session.Command("STAT", folder), cancellationToken);
                _traits.Learn("STAT", reply);
                if (ListingParser.ParseStat(reply, session.Options.Names.Encoding, session.Now) is { NotUnderstood.Count: 0 } told && (told.ShowsItself || told.Entries.Count > 0))
                {
                    return await Listed.FinishAsync(session, folder, ListingFormat.List, told, cancellationToken);
                }
            }

            return failure is { Kind: NapterFtpErrorKind.PermissionDenied } && notUnderstood.Count == 0
                ? throw failure
                : new FolderListing(folder, []) { Failure = failure, NotUnderstood = notUnderstood };
        }

        /// <summary>Lists all names of the folder.</summary>
        /// <returns>Whether the folder was read, null where the device does not tell; and the listing, if it was.</returns>
        private async Task<(bool? IsRead, FtpListing? Listing)> ReadAllAsync(CancellationToken cancellationToken)
        {
            if (_traits.Listing.ShowsAll == false || !_traits.May("LIST") || !_traits.May("CWD"))
            {
                return (null, null);
            }

            // 1. A folder that was read lists itself.
            if (await ReadAllAsync(folder, cancellationToken) is { } listing)
            {
                _traits.Listing = _traits.Listing with { ShowsAll = true };
                return (true, listing);
            }

            // 2. One that does not was not read, if the device knows the option; in its parent, that shows.
            if (_traits.Listing.ShowsAll is null && folder != RemotePath.Root)
            {
                var knows = await ReadAllAsync(RemotePath.FolderOf(folder), cancellationToken) is not null;
                _traits.Listing = _traits.Listing with { ShowsAll = knows };
            }

            return (_traits.Listing.ShowsAll == true ? false : null, null);
        }

        private async Task<FtpListing?> ReadAllAsync(string path, CancellationToken cancellationToken)
        {
            var answer = await new Folder(session, path, ListingFormat.List, moreFollow).ReadAsync(byArgument: false, pipelines: false, cancellationToken, AllNames);
            return Whole(answer) is { ShowsItself: true } listing ? listing : null;
        }

        private FtpListing? Whole(Answer answer) => answer is { Cut: null, IsUnsealed: false } && Denied(answer) is null && answer.Listing is { NotUnderstood.Count: 0 } listing ? listing : null;

        // The words of vsftpd and pure-ftpd for a folder that may be entered but not read.
        private NapterFtpException? Denied(Answer answer) =>
            answer.Final is { } final && (final.Text.Contains("failed to open directory", StringComparison.OrdinalIgnoreCase)
                || final.Text.Contains("unable to read [", StringComparison.OrdinalIgnoreCase))
                ? Errors.NotRead(session.Device, Verb, folder, final)
                : null;
    }
}
