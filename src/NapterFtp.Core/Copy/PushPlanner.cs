using Microsoft.Extensions.Logging;
using NapterFtp.Ftp;

namespace NapterFtp.Copy;

/// <summary>Plans what a push does: looks at the local files, lists the folders they go to, changes nothing.</summary>
internal sealed class PushPlanner(SessionKeeper keeper, CopyOptions options, ICopySink sink)
{
    private readonly List<PlannedTransfer> _files = [];
    private readonly HashSet<string> _destinations = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ListedNames> _listed = [];
    private readonly HashSet<string> _incomplete = new(StringComparer.Ordinal);
    private readonly RemoteNames _names = new(keeper);

    /// <exception cref="NapterFtpException">The device cannot be reached.</exception>
    public async Task<CopyPlan> MakeAsync(CancellationToken cancellationToken)
    {
        var home = RemotePath.IsAbsolute(options.Destination)
            ? RemotePath.Root
            : await keeper.RunAsync((session, token) => session.HomeAsync(token), cancellationToken);
        var root = RemotePath.Resolve(options.Destination, home);
        var incomplete = false;
        void OnError(NapterFtpException error)
        {
            incomplete = true;
            sink.Failed(error);
        }

        foreach (var path in options.Paths)
        {
            try
            {
                var files = LocalFinder.Find(path, options.IsLiteral, options.Recurse, options.Sync is not null, options.Filter, OnError).ToList();
                var isFolder = await IsFolderAsync(path, root, files, cancellationToken);
                foreach (var file in files)
                {
                    await AddAsync(file, isFolder ? file.Parts.Aggregate(root, RemotePath.Combine) : root, cancellationToken);
                }
            }
            catch (NapterFtpException exception) when (exception.ErrorId is "NameTakenForWildcard" or "LocalItemNotFound" or "LocalAccessDenied" or "LocalFileError")
            {
                OnError(exception);
            }
        }

        var folders = options is { Recurse: true, Filter.IsAll: true } ? Folders(root) : [];
        return new CopyPlan(await SeparateAsync(cancellationToken), folders, options.Sync == NapterFtpSyncMode.Mirror && !incomplete ? await DeletionsAsync(root, folders, cancellationToken) : []);
    }

    private async Task<bool> IsFolderAsync(string path, string root, List<LocalFile> files, CancellationToken cancellationToken) =>
        options.Paths.Count > 1 || options.Sync is not null || options.Recurse || options.Destination.EndsWith('/')
        || (!options.IsLiteral && Wildcard.IsPattern(path)) || files is not [{ Parts.Count: 1 }] || Directory.Exists(path)
        || (await keeper.RunAsync((session, token) => FolderLister.FindAsync(session, root, token), cancellationToken))?.Type == NapterFtpItemType.Directory;

    private async Task AddAsync(LocalFile file, string remote, CancellationToken cancellationToken)
    {
        // Also what is not sent is here, so that a mirror leaves it on the device.
        _destinations.Add(remote);
        var modified = new DateTimeOffset(file.File.LastWriteTimeUtc, TimeSpan.Zero);
        if (!options.Filter.MatchesTime(modified))
        {
            return;
        }

        if (!options.Files.IsRegular(file.File))
        {
            // A pipe or a device has no end that could be waited for.
            _files.Add(Plan(file, remote, modified) with { SkipReason = "no regular file" });
            return;
        }

        var plan = Plan(file, remote, modified);
        if (!file.File.Exists)
        {
            // It was there a moment ago, or its name is not in the encoding that .NET takes names for.
            plan = plan with { Fault = Errors.Local(plan.LocalPath, new FileNotFoundException("There is no such file any more, or its name is not in UTF-8.")) };
        }
        else if (!RemotePath.IsName(RemotePath.NameOf(remote)))
        {
            plan = plan with { Fault = Unsafe(plan) };
        }
        else if (options.Sync is not null || options.IfExists != NapterFtpIfExists.Overwrite)
        {
            if (await FindAsync(remote, cancellationToken) is { } there)
            {
                var precision = there.Precision > plan.Precision ? there.Precision : plan.Precision;
                plan = ExistsRule.Apply(plan, options, there.Length, there.Modified, precision);
            }
        }

        _files.Add(plan);
    }

    private static PlannedTransfer Plan(LocalFile file, string remote, DateTimeOffset modified) => new()
    {
        ToDevice = true,
        RemotePath = remote,
        LocalPath = file.File.FullName,
        Length = file.File.Exists ? file.File.Length : null,
        Modified = modified,
        Precision = TimeSpan.FromSeconds(1),
    };

    /// <summary>The files without those named twice; where two would be written to one file of the device, none is.</summary>
    private async Task<List<PlannedTransfer>> SeparateAsync(CancellationToken cancellationToken)
    {
        var separate = new List<PlannedTransfer>();
        foreach (var alike in _files.DistinctBy(file => (file.LocalPath, file.RemotePath)).GroupBy(file => RemoteNames.KeyOf(file.RemotePath), StringComparer.Ordinal))
        {
            var sameByName = alike.GroupBy(file => file.RemotePath, StringComparer.Ordinal).Select(same => same.ToList()).ToList();
            var same = sameByName.Count > 1 && await IgnoresCaseAsync(RemotePath.FolderOf(alike.First().RemotePath), cancellationToken) ? [alike.ToList()] : sameByName;
            separate.AddRange(same.SelectMany(files => files.Count == 1 ? files : files.Select(file => file with
            {
                Fault = file.Fault ?? DestinationClaims.Conflict(file.Destination, file.Source, files.First(other => other != file).Source),
            })));
        }

        return separate;
    }

    /// <summary>Whether names that differ by case alone are one file's there, by what is in the folder or in the nearest one above that tells.</summary>
    private async Task<bool> IgnoresCaseAsync(string folder, CancellationToken cancellationToken)
    {
        while (true)
        {
            if ((await ListAsync(folder, cancellationToken)).FindSample() is { } sample
                && await _names.AreOneAsync(sample, RemotePath.Combine(folder, RemoteNames.OtherCase(sample.Name)), cancellationToken) is { } answer)
            {
                return answer;
            }

            if (folder == RemotePath.Root)
            {
                return false;
            }

            folder = RemotePath.FolderOf(folder);
        }
    }

    /// <summary>What the device has under a path; what an incomplete listing does not show is asked for by its name.</summary>
    private async Task<RemoteEntry?> FindAsync(string remote, CancellationToken cancellationToken)
    {
        var folder = await ListAsync(RemotePath.FolderOf(remote), cancellationToken);
        var listed = folder.Find(RemotePath.NameOf(remote));
        if (listed is null && folder.FindTwin(RemotePath.NameOf(remote)) is { } twin && await _names.AreOneAsync(twin, remote, cancellationToken) == true)
        {
            return twin;
        }

        return listed is null && _incomplete.Contains(RemotePath.FolderOf(remote))
            ? await keeper.RunAsync((session, token) => FolderLister.FindAsync(session, remote, token), cancellationToken)
            : listed;
    }

    /// <summary>What the device has in a folder; nothing where there is no such folder yet.</summary>
    private async Task<ListedNames> ListAsync(string folder, CancellationToken cancellationToken)
    {
        if (_listed.TryGetValue(folder, out var known))
        {
            return known;
        }

        // In a folder that is not there nothing is, and asking for each would cost a round trip.
        if (folder != RemotePath.Root && _listed.TryGetValue(RemotePath.FolderOf(folder), out var above) && !_incomplete.Contains(RemotePath.FolderOf(folder))
            && (above.Find(RemotePath.NameOf(folder)) ?? above.FindTwin(RemotePath.NameOf(folder))) is null or { Type: NapterFtpItemType.File })
        {
            return _listed[folder] = ListedNames.None;
        }

        try
        {
            var listing = await FolderLister.ListAsync(keeper, folder, cancellationToken);
            if (!listing.SeemsComplete)
            {
                _incomplete.Add(folder);
            }

            return _listed[folder] = new ListedNames(listing.Entries);
        }
        catch (NapterFtpException exception) when (exception.Kind == NapterFtpErrorKind.NotFound)
        {
            return _listed[folder] = ListedNames.None;
        }
    }

    private List<string> Folders(string root)
    {
        var folders = new List<string>();
        foreach (var path in options.Paths.Where(Directory.Exists))
        {
            var top = new DirectoryInfo(Path.GetFullPath(path));
            var start = options.Sync is not null || Path.EndsInDirectorySeparator(path) ? root : RemotePath.Combine(root, top.Name);
            folders.Add(start);
            try
            {
                folders.AddRange(LocalFinder.Folders(top).ToList().Select(folder =>
                    RemotePath.Combine(start, Path.GetRelativePath(top.FullName, folder.FullName).Replace(Path.DirectorySeparatorChar, '/'))));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // That a folder cannot be looked into was told with its files.
            }
        }

        return folders;
    }

    private async Task<IReadOnlyList<PlannedDeletion>> DeletionsAsync(string root, List<string> folders, CancellationToken cancellationToken)
    {
        var files = new List<PlannedDeletion>();
        var empties = new List<PlannedDeletion>();
        var complete = true;
        void OnError(NapterFtpException error)
        {
            if (error.Kind != NapterFtpErrorKind.NotFound)
            {
                complete = false;
                sink.Failed(error);
            }
        }

        var query = new RemoteQuery { Path = root.TrimEnd('/') + "/", IsLiteral = true, Recurse = true, Filter = options.Filter, SparesLinked = true };
        try
        {
            var finder = new ItemFinder(keeper, OnError);
            var found = new List<RemoteEntry>();
            await foreach (var (entry, _) in finder.FindAsync(query, cancellationToken))
            {
                found.Add(entry);
            }

            // What was listed in part, or not understood, is not to be judged by what was.
            var twins = Twins(folders, found);
            foreach (var entry in found.Where(entry => !finder.Incomplete.Touch(entry.FullName)))
            {
                if (IsWanted(entry, folders) || await IsWantedAsync(entry, twins, cancellationToken))
                {
                    continue;
                }

                if (entry.Type == NapterFtpItemType.Directory)
                {
                    if (options.Filter.IsAll)
                    {
                        empties.Add(new PlannedDeletion(entry.FullName, IsFolder: true));
                    }
                }
                else
                {
                    files.Add(new PlannedDeletion(entry.FullName, IsFolder: false));
                }
            }
        }
        catch (NapterFtpException exception) when (exception.Kind == NapterFtpErrorKind.NotFound)
        {
            return [];
        }

        empties.Reverse();
        return complete ? [.. files, .. empties] : [];
    }

    private bool IsWanted(RemoteEntry entry, List<string> folders) =>
        entry.Type == NapterFtpItemType.Directory ? folders.Contains(entry.FullName) : _destinations.Contains(entry.FullName);

    /// <summary>Whether a file or folder may be one that is sent, under a name that the device writes otherwise.</summary>
    private async Task<bool> IsWantedAsync(RemoteEntry entry, ILookup<string, string> twins, CancellationToken cancellationToken)
    {
        foreach (var twin in twins[RemoteNames.KeyOf(entry.FullName)])
        {
            if (await _names.AreOneAsync(entry, twin, cancellationToken) != false)
            {
                keeper.Client.Logger.LogInformation(
                    "{Device}: '{Listed}' is left, for it may be what is sent as '{Sent}'.",
                    keeper.Client.Label, LocalNames.Printable(entry.FullName), LocalNames.Printable(twin));
                return true;
            }
        }

        return false;
    }

    /// <summary>What is sent, and is not listed under just that name, by what its name has in common with others that may mean the same.</summary>
    private ILookup<string, string> Twins(List<string> folders, List<RemoteEntry> found)
    {
        var listed = found.Select(entry => entry.FullName).ToHashSet(StringComparer.Ordinal);
        return _destinations.Concat(folders).Where(path => !listed.Contains(path)).ToLookup(RemoteNames.KeyOf, StringComparer.Ordinal);
    }

    private static NapterFtpException Unsafe(PlannedTransfer plan) => new(
        "UnsafeFileName",
        NapterFtpErrorKind.InvalidArgument,
        $"The name of '{LocalNames.Printable(plan.LocalPath)}' cannot be a name on a device.",
        "Rename the file, or leave it out with -Exclude.",
        LocalNames.Printable(plan.LocalPath));
}
