using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using NapterFtp.Ftp;

namespace NapterFtp.Copy;

/// <summary>Finds items on a device: each folder is listed once, with one data connection.</summary>
/// <param name="keeper">The session to use.</param>
/// <param name="onError">Told of folders that cannot be listed; the rest goes on.</param>
internal sealed class ItemFinder(SessionKeeper keeper, Action<NapterFtpException> onError)
{
    // Below this depth a folder that lists the same as one above it is a link that leads back.
    private const int LoopDepth = 8;

    /// <summary>The names found in each folder that was listed.</summary>
    public Dictionary<string, IReadOnlySet<string>> Names { get; } = new(StringComparer.Ordinal);

    /// <summary>The folders of which something may be missing in what was found.</summary>
    public IncompleteFolders Incomplete { get; } = new();

    /// <summary>The items a query means, as they are found.</summary>
    /// <exception cref="NapterFtpException"><c>RemoteItemNotFound</c> where a path without wildcards leads nowhere; or the device cannot be reached.</exception>
    public async IAsyncEnumerable<FoundItem> FindAsync(RemoteQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var home = RemotePath.IsAbsolute(query.Path)
            ? RemotePath.Root
            : await keeper.RunAsync((session, token) => session.HomeAsync(token), cancellationToken);
        if (query.IsLiteral || !Wildcard.IsPattern(query.Path))
        {
            var path = RemotePath.Resolve(query.IsLiteral ? query.Path : Wildcard.Unescape(query.Path), home);
            var entry = (query.Unlocks ? await FindLockedAsync(path, cancellationToken) : null)
                ?? await keeper.RunAsync((session, token) => FolderLister.FindAsync(session, path, query.Assume, token), cancellationToken)
                ?? throw NotFound(path);
            if (query.SparesLinked && path != RemotePath.Root && !query.Path.EndsWith('/'))
            {
                entry = await keeper.RunAsync((session, token) => FolderLister.WithLinkAsync(session, entry, token), cancellationToken);
            }

            if (entry.Type != NapterFtpItemType.Directory || (query.ItemOnly && path != RemotePath.Root && !query.Path.EndsWith('/')))
            {
                yield return new FoundItem(entry, RemotePath.FolderOf(path));
                yield break;
            }

            var inside = path == RemotePath.Root || query.Path.EndsWith('/');
            await foreach (var item in WalkAsync(query, path, null, inside ? path : RemotePath.FolderOf(path), 0, [], cancellationToken))
            {
                yield return item;
            }

            yield break;
        }

        var parts = RemotePath.Resolve(query.Path, home)[1..].Split('/');
        await foreach (var item in ExpandAsync(query, RemotePath.Root, parts, cancellationToken))
        {
            yield return item;
        }
    }

    /// <summary>The folders that a pattern's parts but the last mean, and in them what the last means.</summary>
    private async IAsyncEnumerable<FoundItem> ExpandAsync(
        RemoteQuery query, string folder, string[] parts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (parts.Length > 1 && !Wildcard.IsPattern(parts[0]))
        {
            folder = RemotePath.Combine(folder, Wildcard.Unescape(parts[0]));
            parts = parts[1..];
        }

        var pattern = new Wildcard(parts[0]);
        if (parts.Length == 1)
        {
            var isAny = false;
            await foreach (var item in WalkAsync(query, folder, pattern, folder, 0, [], cancellationToken))
            {
                isAny = true;
                yield return item;
            }

            var literal = RemotePath.Combine(folder, parts[0]);
            if (!isAny && parts[0].Contains('[', StringComparison.Ordinal)
                && await keeper.RunAsync((session, token) => FolderLister.FindAsync(session, literal, token), cancellationToken) is not null)
            {
                onError(Wildcard.Taken(literal));
            }

            yield break;
        }

        foreach (var entry in await ListAsync(query, folder, folder, cancellationToken))
        {
            if (entry.Type is NapterFtpItemType.Directory or NapterFtpItemType.SymbolicLink && pattern.IsMatch(entry.Name))
            {
                await foreach (var item in ExpandAsync(query, entry.FullName, parts[1..], cancellationToken))
                {
                    yield return item;
                }
            }
        }
    }

    private async IAsyncEnumerable<FoundItem> WalkAsync(
        RemoteQuery query, string folder, Wildcard? pattern, string root, int depth, string[] above, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (depth > keeper.Client.Options.DepthLimit)
        {
            Report(folder, root, TooDeep(folder));
            yield break;
        }

        var entries = await ListAsync(query, folder, root, cancellationToken);
        var shape = string.Join('\n', entries.Select(entry => $"{entry.Name}|{entry.Type}|{entry.Length}|{entry.Modified:O}"));
        if (depth > LoopDepth && shape.Length > 0 && above.Contains(shape))
        {
            Report(folder, root, Loop(folder));
            yield break;
        }

        foreach (var entry in entries)
        {
            if (pattern?.IsMatch(entry.Name) != false && query.Filter.MatchesName(entry.Name))
            {
                yield return new FoundItem(entry, root);
            }
        }

        if (!query.Recurse || depth >= (query.Depth ?? int.MaxValue))
        {
            yield break;
        }

        foreach (var entry in entries.Where(entry => entry.Type == NapterFtpItemType.Directory && !query.Filter.IsExcluded(entry.Name) && !query.Leaves(entry.FullName)))
        {
            await foreach (var item in WalkAsync(query, entry.FullName, pattern, root, depth + 1, [.. above, shape], cancellationToken))
            {
                yield return item;
            }
        }
    }

    /// <summary>What a run that was cut has left locked under this path; null for nothing.</summary>
    private async Task<RemoteEntry?> FindLockedAsync(string path, CancellationToken cancellationToken)
    {
        var locked = await keeper.RunAsync((session, token) => FolderLister.FindAsync(session, path + SourceLock.Suffix, token), cancellationToken);
        return locked is null ? null : SourceLock.Unlock(locked);
    }

    private async Task<IReadOnlyList<RemoteEntry>> ListAsync(RemoteQuery query, string folder, string root, CancellationToken cancellationToken)
    {
        try
        {
            var listing = await FolderLister.ListAsync(keeper, folder, cancellationToken);
            if (listing.Failure is { } failure && !listing.MayBeEmpty)
            {
                Report(folder, root, failure);
            }
            else if (!listing.IsComplete)
            {
                Incomplete.Add(new IncompleteFolder(folder, root, listing.Why));

                // Of a gateway that ends all listings so, it was said once.
                keeper.Client.Logger.Log(
                    listing.SeemsComplete ? LogLevel.Debug : LogLevel.Warning,
                    "{Device}: '{Folder}' may hold more than was found. {Why}", keeper.Client.Label, LocalNames.Printable(folder), listing.Why);
            }

            Names[folder] = listing.Entries.Select(entry => entry.Name).ToHashSet(StringComparer.Ordinal);
            if (query.SparesLinked)
            {
                return await keeper.RunAsync((session, token) => FolderLister.WithLinksAsync(session, folder, listing.Entries, token), cancellationToken);
            }

            return query.Unlocks ? SourceLock.Unlock(listing.Entries) : listing.Entries;
        }
        catch (NapterFtpException exception) when (Errors.IsAboutPath(exception) && keeper.HasSession)
        {
            Report(folder, root, exception);
            return [];
        }
    }

    private void Report(string folder, string root, NapterFtpException error)
    {
        Incomplete.Add(new IncompleteFolder(folder, root, error.Message));
        onError(error);
    }

    private NapterFtpException NotFound(string path) => new(
        "RemoteItemNotFound",
        NapterFtpErrorKind.NotFound,
        $"{keeper.Client.Label} has no '{LocalNames.Printable(path)}'.",
        "Check the path with Get-NapterFtpItem; names on most devices differ by upper and lower case.",
        LocalNames.Printable(path));

    private NapterFtpException TooDeep(string folder) => new(
        "RemoteTreeTooDeep",
        NapterFtpErrorKind.LimitReached,
        $"{keeper.Client.Label}: '{LocalNames.Printable(folder)}' lies too deep; it is not entered.",
        "A link on the device may lead back to a folder above; leave it out with -Exclude, or limit -Depth.",
        LocalNames.Printable(folder));

    private NapterFtpException Loop(string folder) => new(
        "RemoteFolderLoop",
        NapterFtpErrorKind.LimitReached,
        $"{keeper.Client.Label}: '{LocalNames.Printable(folder)}' is a folder above it once more; it is not entered.",
        "A link on the device leads back; leave it out with -Exclude, or limit -Depth.",
        LocalNames.Printable(folder));
}

/// <summary>Which items of a device are meant.</summary>
internal sealed record RemoteQuery
{
    /// <summary>A path, absolute or from the login's folder; with wildcards, but for <see cref="IsLiteral"/>.</summary>
    public required string Path { get; init; }

    public bool IsLiteral { get; init; }

    /// <summary>Whether folders are entered.</summary>
    public bool Recurse { get; init; }

    /// <summary>Whether a path without wildcards means the folder it names, not what is in it.</summary>
    public bool ItemOnly { get; init; }

    /// <summary>Whether a path without wildcards that nothing can be found out about is taken for a file: what is done with it will show.</summary>
    public bool Assume { get; init; }

    /// <summary>How many folders deep <see cref="Recurse"/> goes; null for all.</summary>
    public int? Depth { get; init; }

    public ItemFilter Filter { get; init; } = ItemFilter.All;

    /// <summary>Whether what is found is to be deleted, so that no link to a folder may be taken for the folder.</summary>
    public bool SparesLinked { get; init; }

    /// <summary>Whether what a run that was cut has left locked (<see cref="SourceLock"/>) is found under its own name.</summary>
    public bool Unlocks { get; init; }

    /// <summary>The folders that are not entered, by their absolute paths.</summary>
    public Func<string, bool> Leaves { get; init; } = _ => false;
}

/// <summary>Which names of a tree are meant: all that the filter and one of the includes match, but for the excludes.</summary>
internal sealed class ItemFilter
{
    private readonly Wildcard? _filter;
    private readonly Wildcard[] _include;
    private readonly Wildcard[] _exclude;

    public ItemFilter(string? filter = null, IEnumerable<string>? include = null, IEnumerable<string>? exclude = null, DateTimeOffset? modifiedAfter = null)
    {
        _filter = string.IsNullOrEmpty(filter) ? null : new Wildcard(filter);
        _include = [.. (include ?? []).Select(pattern => new Wildcard(pattern))];
        _exclude = [.. (exclude ?? []).Select(pattern => new Wildcard(pattern))];
        ModifiedAfter = modifiedAfter;
    }

    public static ItemFilter All { get; } = new();

    /// <summary>Whether any name is meant.</summary>
    public bool IsAll => _filter is null && _include.Length == 0 && _exclude.Length == 0 && ModifiedAfter is null;

    /// <summary>Only items changed later than this; those whose time is unknown are meant too.</summary>
    public DateTimeOffset? ModifiedAfter { get; }

    public bool MatchesName(string name) =>
        !IsExcluded(name)
        && _filter?.IsMatch(name) != false
        && (_include.Length == 0 || _include.Any(pattern => pattern.IsMatch(name)));

    public bool MatchesTime(DateTimeOffset? modified) => ModifiedAfter is null || modified is null || modified > ModifiedAfter;

    /// <summary>Whether the name is left out; a folder left out is not entered either.</summary>
    public bool IsExcluded(string name) => _exclude.Any(pattern => pattern.IsMatch(name));
}
