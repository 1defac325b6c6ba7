namespace NapterFtp.Client.Copying;

/// <summary>Plans what a pull does: lists the device, looks at the destination, changes nothing.</summary>
internal sealed class PullPlanner(SessionKeeper keeper, CopyOptions options, ICopySink sink)
{
    private readonly List<PlannedTransfer> _files = [];
    private readonly SortedSet<string> _folders = new(StringComparer.Ordinal);
    private readonly HashSet<string> _destinations = new(OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _present = new(OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string[]> _partials = [];
    private bool _incomplete;

    /// <exception cref="NapterFtpException">The device cannot be reached, or the destination cannot be used.</exception>
    public async Task<CopyPlan> MakeAsync(CancellationToken cancellationToken)
    {
        var root = Path.GetFullPath(options.Destination);
        foreach (var path in options.Paths)
        {
            try
            {
                await AddAsync(path, root, cancellationToken);
            }
            catch (NapterFtpException exception) when (exception.Kind == NapterFtpErrorKind.NotFound && exception.Target is string)
            {
                Report(exception);
            }
        }

        return new CopyPlan(_files, [.. _folders], options.Sync == NapterFtpSyncMode.Mirror && !_incomplete ? Deletions(root) : []);
    }

    private async Task AddAsync(string path, string root, CancellationToken cancellationToken)
    {
        var query = new RemoteQuery { Path = path, IsLiteral = options.IsLiteral, Recurse = options.Recurse, ItemOnly = !options.Recurse, Filter = options.Filter };
        var isFolder = options.Paths.Count > 1 || options.Sync is not null || options.Recurse || (!options.IsLiteral && Wildcard.IsPattern(path))
            || Path.EndsInDirectorySeparator(options.Destination) || Directory.Exists(root);
        await foreach (var (entry, start) in new ItemFinder(keeper, Report).FindAsync(query, cancellationToken))
        {
            // One file named as such may go to a name of its own.
            var single = !isFolder && RemotePath.Resolve(path, RemotePath.Root).EndsWith(entry.FullName, StringComparison.Ordinal);
            var parts = options.Sync is null
                ? RemotePath.PartsBelow(start, entry.FullName)
                : RemotePath.PartsBelow(RemotePath.IsAbsolute(path) ? RemotePath.Resolve(path, RemotePath.Root) : start, entry.FullName);
            try
            {
                var local = single ? root : LocalNames.Combine(root, parts);
                _present.Add(local);
                await AddAsync(entry, local, options.IsLiteral || !Wildcard.IsPattern(path), cancellationToken);
            }
            catch (NapterFtpException exception) when (exception.ErrorId == "UnsafeFileName")
            {
                if (entry.Type != NapterFtpItemType.Directory)
                {
                    _files.Add(Plan(entry, NameCodec.ForPeople(string.Join('/', parts))) with { Fault = exception });
                }
            }
        }
    }

    private async Task AddAsync(RemoteEntry entry, string local, bool isNamed, CancellationToken cancellationToken)
    {
        switch (entry.Type)
        {
            case NapterFtpItemType.Directory:
                if (options.Recurse && options.Filter.IsAll)
                {
                    _folders.Add(local);
                }
                else if (!options.Recurse && isNamed)
                {
                    _files.Add(Plan(entry, local) with { SkipReason = "a folder; -Recurse copies what is in it" });
                }

                return;
            case NapterFtpItemType.SymbolicLink:
                // What a link points to is a file where it has a size.
                var size = await keeper.RunAsync((session, token) => session.SizeAsync(entry.FullName, token), cancellationToken);
                if (size is null)
                {
                    return;
                }

                entry = entry with { Length = size, Modified = null, TimeSource = NapterFtpTimeSource.None };
                break;
            case NapterFtpItemType.Other:
                return;
        }

        if (!options.Filter.MatchesTime(entry.Modified))
        {
            return;
        }

        var plan = Plan(entry, local);
        _files.Add(_destinations.Add(local) ? Decide(plan with { Leftovers = Leftovers(plan) }) : plan with { Fault = Conflict(plan) });
    }

    private static PlannedTransfer Plan(RemoteEntry entry, string local) => new()
    {
        ToDevice = false,
        RemotePath = entry.FullName,
        LocalPath = local,
        Length = entry.Length,
        Modified = entry.Modified,
        Precision = entry.Precision,
        TimeSource = entry.TimeSource,
    };

    private PlannedTransfer Decide(PlannedTransfer plan)
    {
        var file = new FileInfo(plan.LocalPath);
        return file.Exists
            ? ExistsRule.Apply(plan, options, file.Length, file.LastWriteTimeUtc, plan.Precision)
            : plan;
    }

    private List<string> Leftovers(PlannedTransfer plan)
    {
        var folder = Path.GetDirectoryName(plan.LocalPath)!;
        if (!_partials.TryGetValue(folder, out var partials))
        {
            var all = new EnumerationOptions { AttributesToSkip = 0 };
            partials = _partials[folder] = Directory.Exists(folder) ? Directory.GetFiles(folder, "*" + PartialName.Suffix, all) : [];
        }

        var own = FilePull.PartialPath(plan, keeper.Client.Label);
        var name = Path.GetFileName(plan.LocalPath);
        return [.. partials.Where(partial => partial != own && PartialName.IsFor(Path.GetFileName(partial), name))];
    }

    /// <summary>What the destination has and the source has not. What a filter leaves out is left alone on both sides.</summary>
    private List<PlannedDeletion> Deletions(string root)
    {
        var folder = new DirectoryInfo(root);
        if (!folder.Exists)
        {
            return [];
        }

        var files = LocalFinder.Find(root, isLiteral: true, recurse: true, contentsOnly: true, options.Filter)
            .Where(file => !_present.Contains(file.File.FullName))
            .Select(file => new PlannedDeletion(file.File.FullName, IsFolder: false));
        var folders = options.Filter.IsAll
            ? LocalFinder.Folders(folder).Where(inner => !_present.Contains(inner.FullName)).Select(inner => new PlannedDeletion(inner.FullName, IsFolder: true)).Reverse()
            : [];
        return [.. files, .. folders];
    }

    private void Report(NapterFtpException exception)
    {
        _incomplete = true;
        sink.Failed(exception);
    }

    private static NapterFtpException Conflict(PlannedTransfer plan) => new(
        "DestinationConflict",
        NapterFtpErrorKind.InUse,
        $"'{plan.Source}' would go to '{plan.LocalPath}', where another file of the same copy goes.",
        "Copy them to different destinations, or with -Recurse so that their folders are kept.",
        plan.Source);
}
