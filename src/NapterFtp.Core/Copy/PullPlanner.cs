using Microsoft.Extensions.Logging;
using NapterFtp.Ftp;

namespace NapterFtp.Copy;

/// <summary>Plans what a pull does: lists the device, looks at the destination, changes nothing.</summary>
internal sealed class PullPlanner(SessionKeeper keeper, CopyOptions options, ICopySink sink)
{
    private readonly List<PlannedTransfer> _files = [];
    private readonly SortedSet<string> _folders = new(StringComparer.Ordinal);
    private readonly HashSet<string> _present = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string[]> _partials = [];
    private readonly List<string> _incompleteFolders = [];
    private readonly Dictionary<string, IReadOnlySet<string>> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _newNames = new(StringComparer.Ordinal);
    private bool _incomplete;

    /// <exception cref="NapterFtpException">The device cannot be reached, or the destination cannot be used.</exception>
    public async Task<CopyPlan> MakeAsync(CancellationToken cancellationToken)
    {
        var root = Path.GetFullPath(options.Destination);
        if (options.Refuses?.Invoke(root) is { } refused)
        {
            throw refused;
        }

        foreach (var path in options.Paths)
        {
            try
            {
                await AddAsync(path, root, cancellationToken);
            }
            catch (NapterFtpException exception) when (exception.Kind == NapterFtpErrorKind.NotFound && exception.Target is string)
            {
                if (options.IgnoreMissing)
                {
                    _incomplete = true;
                    keeper.Client.Logger.LogInformation("{Device}: {Message}", keeper.Client.Label, exception.Message);
                }
                else
                {
                    Report(exception);
                }
            }
        }

        var names = new Lazy<LocalNameRules>(() => options.Files.NamesAt(root));
        return new CopyPlan(Separate(names), [.. _folders], options.Sync == NapterFtpSyncMode.Mirror && !_incomplete ? Deletions(root, names) : []) { Names = _names };
    }

    private async Task AddAsync(string path, string root, CancellationToken cancellationToken)
    {
        var query = new RemoteQuery
        {
            Path = path,
            IsLiteral = options.IsLiteral,
            Recurse = options.Recurse,
            ItemOnly = !options.Recurse,
            Filter = options.Filter,
            Assume = options.Sync is null,
            Unlocks = options.Rules.LocksByRename,
            Leaves = options.IsMoveTarget,
        };
        var isFolder = options.Paths.Count > 1 || options.Sync is not null || options.Recurse || (!options.IsLiteral && Wildcard.IsPattern(path))
            || Path.EndsInDirectorySeparator(options.Destination) || Directory.Exists(root);
        var finder = new ItemFinder(keeper, Report);
        await foreach (var (entry, start) in finder.FindAsync(query, cancellationToken))
        {
            // One file named as such may go to a name of its own.
            var single = !isFolder && RemotePath.Resolve(path, RemotePath.Root).EndsWith(entry.FullName, StringComparison.Ordinal);
            var parts = PartsOf(path, start, entry.FullName);
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

        foreach (var (folder, names) in finder.Names)
        {
            _names[folder] = names;
        }

        foreach (var folder in finder.Incomplete.All)
        {
            // What has no local name has nothing local to lose.
            if (LocalNames.TryCombine(root, PartsOf(path, folder.Base, folder.FullName)) is { } local)
            {
                _incompleteFolders.Add(local);
            }
        }
    }

    /// <summary>Where an item's place at the destination is: its parts below the folder that is copied.</summary>
    private IReadOnlyList<string> PartsOf(string path, string start, string item) =>
        RemotePath.PartsBelow(options.Sync is not null && RemotePath.IsAbsolute(path) ? RemotePath.Resolve(path, RemotePath.Root) : start, item);

    private async Task AddAsync(RemoteEntry entry, string local, bool isNamed, CancellationToken cancellationToken)
    {
        switch (entry.Type)
        {
            case NapterFtpItemType.Directory:
                if (options.IsMoveTarget(entry.FullName))
                {
                    return;
                }

                if (options.Recurse && options.Filter.IsAll && options.Refuses?.Invoke(local) is null)
                {
                    _folders.Add(local);
                }
                else if (!options.Recurse && isNamed)
                {
                    _files.Add(Plan(entry, local) with { SkipReason = "a folder; -Recurse copies what is in it" });
                }

                return;
            case NapterFtpItemType.SymbolicLink:
                var size = await keeper.RunAsync((session, token) => Listed.LinkedLengthAsync(session, entry.FullName, token), cancellationToken);
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

        if (entry.Length is null && File.Exists(local)
            && (options.Sync is not null || options.IfExists is NapterFtpIfExists.Resume or NapterFtpIfExists.Append or NapterFtpIfExists.Rename))
        {
            // Where listings tell no lengths, only SIZE can say that nothing has changed.
            entry = entry with { Length = await keeper.RunAsync((session, token) => session.SizeAsync(entry.FullName, token), cancellationToken) };
        }

        // Below an allowed folder a link may lead out of it.
        if (options.Refuses?.Invoke(local) is { } refused)
        {
            _files.Add(Plan(entry, local) with { Fault = refused });
            return;
        }

        var plan = Decide(Plan(entry, local));
        _files.Add(plan with { Leftovers = Leftovers(plan) });
    }

    /// <summary>The files without those named twice; where two would be written to one local file, none is.</summary>
    private List<PlannedTransfer> Separate(Lazy<LocalNameRules> names)
    {
        var files = _files.DistinctBy(file => (file.RemotePath, file.LocalPath)).ToList();

        // Which names are the same is looked for only where it matters.
        if (options.Claims is null && files.DistinctBy(file => LocalNameRules.Loosest.KeyOf(file.LocalPath)).Count() == files.Count)
        {
            return files;
        }

        var same = files.Where(file => file.Fault is null).ToLookup(file => names.Value.KeyOf(file.LocalPath), StringComparer.Ordinal);
        return [.. files.Select(file => file.Fault is null && Rival(file, names.Value.KeyOf(file.LocalPath)) is { } rival
            ? file with { Fault = DestinationClaims.Conflict(file.LocalPath, Labelled(file), rival) }
            : file)];

        string? Rival(PlannedTransfer file, string key) =>
            same[key].FirstOrDefault(other => other != file) is { } other ? Labelled(other) : options.Claims?.Claim(key, Labelled(file));
    }

    private string Labelled(PlannedTransfer file) => $"{keeper.Client.Label}{file.Source}";

    private static PlannedTransfer Plan(RemoteEntry entry, string local) => new()
    {
        ToDevice = false,
        RemotePath = entry.FullName,
        LocalPath = local,
        Length = entry.Length,
        Modified = entry.Modified,
        Precision = entry.Precision,
        TimeSource = entry.TimeSource,
        LockedPath = entry.LockedPath,
    };

    private PlannedTransfer Decide(PlannedTransfer plan)
    {
        var file = new FileInfo(plan.LocalPath);
        if (!file.Exists)
        {
            return plan;
        }

        plan = ExistsRule.Apply(plan, options, file.Length, file.LastWriteTimeUtc, plan.Precision);
        return options is not { Sync: null, IfExists: NapterFtpIfExists.Rename } || !plan.IsCopy ? plan
            : NumberedName.Versions(plan.LocalPath).Any(version => ExistsRule.IsSame(plan, version)) ? plan with { SkipReason = "exists under another name" }
            : plan with { LocalPath = NumberedName.NextFree(plan.LocalPath, _newNames) };
    }

    private List<string> Leftovers(PlannedTransfer plan)
    {
        var folder = Path.GetDirectoryName(plan.LocalPath)!;
        if (!_partials.TryGetValue(folder, out var partials))
        {
            var all = new EnumerationOptions { AttributesToSkip = 0 };
            partials = _partials[folder] = Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*", all).Where(path => PartialName.Is(Path.GetFileName(path)))] : [];
        }

        var own = FilePull.PartialPath(plan, keeper.Client.Label);
        var name = Path.GetFileName(plan.LocalPath);
        return [.. partials.Where(partial => partial != own && partial != PartialName.WholeOf(own) && PartialName.IsFor(Path.GetFileName(partial), name))];
    }

    /// <summary>What the destination has and the source has not. What a filter leaves out is left alone on both sides.</summary>
    private List<PlannedDeletion> Deletions(string root, Lazy<LocalNameRules> names)
    {
        var folder = new DirectoryInfo(root);
        if (!folder.Exists)
        {
            return [];
        }

        var rules = names.Value;
        var present = _present.Select(rules.KeyOf).ToHashSet(StringComparer.Ordinal);
        var incomplete = _incompleteFolders.Select(inner => rules.KeyOf(Path.Join(inner, Path.DirectorySeparatorChar.ToString()))).ToList();
        var files = LocalFinder.Find(root, isLiteral: true, recurse: true, contentsOnly: true, options.Filter, sink.Failed)
            .Where(file => IsGone(file.File.FullName))
            .Select(file => new PlannedDeletion(file.File.FullName, IsFolder: false));
        var folders = options.Filter.IsAll
            ? LocalFinder.Folders(folder).Where(inner => IsGone(inner.FullName)).Select(inner => new PlannedDeletion(inner.FullName, IsFolder: true)).Reverse()
            : [];
        return [.. files, .. folders];

        // Whether the source surely has it no more: below a folder that was listed in part or not at all nothing can be told.
        bool IsGone(string local)
        {
            var key = rules.KeyOf(local);
            return !present.Contains(key) && !incomplete.Exists(inner => key.StartsWith(inner, StringComparison.Ordinal));
        }
    }

    private void Report(NapterFtpException exception)
    {
        _incomplete = true;
        sink.Failed(exception);
    }
}

/// <summary>What becomes of a file that the destination has already.</summary>
internal static class ExistsRule
{
    /// <param name="plan">The file to be copied.</param>
    /// <param name="options">What the user wants.</param>
    /// <param name="length">The bytes that the destination has; null where unknown.</param>
    /// <param name="modified">The time of what the destination has; null where unknown.</param>
    /// <param name="precision">The unit of the coarser of the two times.</param>
    public static PlannedTransfer Apply(PlannedTransfer plan, CopyOptions options, long? length, DateTimeOffset? modified, TimeSpan precision)
    {
        if (options.Sync is not null)
        {
            return IsUnchanged(plan, options, length, modified, precision) ? plan with { SkipReason = "unchanged" } : plan;
        }

        switch (options.IfExists)
        {
            case NapterFtpIfExists.Skip:
                return plan with { SkipReason = "exists" };
            case NapterFtpIfExists.Newer:
                return plan.Modified is null || modified is null || SameFile.IsNewer(plan.Modified, modified, precision)
                    ? plan
                    : plan with { SkipReason = "not newer" };
            case NapterFtpIfExists.Error:
                return plan with { Fault = Exists(plan) };
            case NapterFtpIfExists.Resume or NapterFtpIfExists.Append when plan.Length is not null && length is not null && !options.Ascii:
                return length == plan.Length && SameFile.HasTime(plan.Modified, modified, precision)
                    ? plan with { SkipReason = "complete" }
                    : plan with { Completes = length < plan.Length || (length == plan.Length && options.IfExists == NapterFtpIfExists.Append) };
            case NapterFtpIfExists.Rename when plan.Length is not null && length == plan.Length && SameFile.HasTime(plan.Modified, modified, precision):
                return plan with { SkipReason = "exists" };
            default:
                return plan;
        }
    }

    /// <summary>Whether a local file is the version that the plan would fetch.</summary>
    public static bool IsSame(PlannedTransfer plan, FileInfo file) =>
        plan.Length is not null && file.Length == plan.Length && SameFile.HasTime(plan.Modified, file.LastWriteTimeUtc, plan.Precision);

    // A device whose clock cannot be set gives a file the time of its arrival: not older than the source is as good as equal there.
    private static bool IsUnchanged(PlannedTransfer plan, CopyOptions options, long? length, DateTimeOffset? modified, TimeSpan precision) =>
        (options.Ascii ? modified is not null && plan.Modified is not null : plan.Length is not null && length == plan.Length)
        && (plan.ToDevice ? !SameFile.IsNewer(plan.Modified, modified, precision) : SameFile.HasTime(plan.Modified, modified, precision));

    private static NapterFtpException Exists(PlannedTransfer plan) => new(
        "DestinationExists",
        NapterFtpErrorKind.InUse,
        $"'{plan.Destination}' exists.",
        "Choose another destination, or -IfExists Overwrite, Skip, Newer, Resume, Rename or New.",
        plan.Destination);
}

/// <summary>Whether two files' times say that they are the same, or which is newer, as far as the clocks can tell.</summary>
internal static class SameFile
{
    // FAT tells two seconds.
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(2);

    /// <summary>How far two times of one file may differ.</summary>
    /// <param name="precision">The unit of the coarser one.</param>
    public static TimeSpan Tolerance(TimeSpan precision) => precision < Least ? Least : precision;

    /// <param name="a">The source's time.</param>
    /// <param name="b">The copy's time; the earliest that every file system knows stands for all before.</param>
    /// <param name="precision">The unit of the coarser one.</param>
    public static bool HasTime(DateTimeOffset? a, DateTimeOffset? b, TimeSpan precision) =>
        a is null || b is null || (a.Value - b.Value).Duration() <= Tolerance(precision) || (a < LocalFileSystem.EarliestTime && b == LocalFileSystem.EarliestTime);

    /// <summary>Whether the first is newer than the second by more than the clocks' tolerance.</summary>
    public static bool IsNewer(DateTimeOffset? first, DateTimeOffset? second, TimeSpan precision) =>
        first is not null && second is not null && first.Value - second.Value > Tolerance(precision);
}
