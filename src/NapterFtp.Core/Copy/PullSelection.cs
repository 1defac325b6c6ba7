using System.Globalization;
using NapterFtp.Ftp;

namespace NapterFtp.Copy;

/// <summary>Plans a pull, and decides which of the files are taken in this run: those that were not had before, that are finished, and
/// that are within the limits.</summary>
internal sealed class PullSelection(SessionKeeper keeper, CopyOptions options, ICopySink sink)
{
    // Devices end a session that is silent for a minute or two; opening a new one costs little beside such a wait.
    private static readonly TimeSpan SessionPatience = TimeSpan.FromSeconds(30);

    private SourceRules Rules => options.Rules;

    private DeviceClient Client => keeper.Client;

    /// <exception cref="NapterFtpException">The device cannot be reached, or the destination or the history cannot be used.</exception>
    public async Task<CopyPlan> MakeAsync(CancellationToken cancellationToken)
    {
        // 1. All that is there.
        var plan = await new PullPlanner(keeper, options, sink).MakeAsync(cancellationToken);
        var looked = Client.Time.GetTimestamp();

        // 2. Less what is known: had before, or there before the first run.
        var files = await WithoutKnownAsync(plan.Files, cancellationToken);

        // 3. Less what is not finished: too young, without its done file, or not the same at a second look.
        files = await WithDoneFileAsync(plan, files, cancellationToken);
        files = Postpone(files, WhyTooYoung);
        files = await StableAsync(files, looked, cancellationToken);

        // 4. Less what is too much for one run.
        return plan with { Files = Limited(files) };
    }

    private static List<PlannedTransfer> Postpone(IEnumerable<PlannedTransfer> files, Func<PlannedTransfer, string?> why) =>
        [.. files.Select(file => file.IsCopy && why(file) is { } reason ? file with { PostponeReason = reason } : file)];

    private async Task<List<PlannedTransfer>> WithoutKnownAsync(IReadOnlyList<PlannedTransfer> files, CancellationToken cancellationToken)
    {
        if (options.History is not { } history || !(Rules.SinceFirstRun || options.IfExists == NapterFtpIfExists.New || options.Sync is not null))
        {
            return [.. files];
        }

        var device = await Client.IdentifyAsync(history, cancellationToken);
        if (Rules.SinceFirstRun
            && await history.NoteFirstAsync(device, options.Scope ?? string.Join('\n', options.Paths), Versions(files.Where(file => file.Fault is null)), cancellationToken))
        {
            return [.. files.Select(file => file.IsCopy ? file with { SkipReason = "there before the first run" } : file)];
        }

        var known = await history.FindAsync(device, Versions(files.Where(file => file.IsCopy)), cancellationToken);
        return [.. files.Select(file => file.IsCopy && known.Contains(file.Version) ? file with { SkipReason = "copied before" } : file)];
    }

    private async Task<List<PlannedTransfer>> WithDoneFileAsync(CopyPlan plan, List<PlannedTransfer> files, CancellationToken cancellationToken)
    {
        if (Rules.DoneFile is not { } template)
        {
            return files;
        }

        var names = new Dictionary<string, IReadOnlySet<string>>(plan.Names, StringComparer.Ordinal);
        foreach (var folder in files.Where(file => file.IsCopy).Select(file => RemotePath.FolderOf(file.RemotePath)).Distinct().Where(folder => !names.ContainsKey(folder)).ToList())
        {
            var listing = await FolderLister.ListAsync(keeper, folder, cancellationToken);
            names[folder] = listing.Entries.Select(entry => entry.Name).ToHashSet(StringComparer.Ordinal);
        }

        var done = names.ToDictionary(folder => folder.Key, folder => folder.Value.Select(name => NameTemplate.DoneName(template, name)).ToHashSet(StringComparer.Ordinal));

        // A done file says something of another file; it is not one to be copied.
        return Postpone(
            files.Where(file => !(done.TryGetValue(RemotePath.FolderOf(file.RemotePath), out var all) && all.Contains(RemotePath.NameOf(file.RemotePath)))),
            file => NameTemplate.DoneName(template, RemotePath.NameOf(file.RemotePath)) is var name && names[RemotePath.FolderOf(file.RemotePath)].Contains(name)
                ? null
                : $"not finished: '{LocalNames.Printable(name)}' is not there");
    }

    private string? WhyTooYoung(PlannedTransfer file) =>
        Rules.MinimumAge <= TimeSpan.Zero ? null
        : file.Modified is not { } modified ? "its age is not known"
        : modified + file.Precision > Client.Time.GetUtcNow() - Rules.MinimumAge ? string.Create(CultureInfo.InvariantCulture, $"younger than {Rules.MinimumAge}")
        : null;

    private async Task<List<PlannedTransfer>> StableAsync(List<PlannedTransfer> files, long looked, CancellationToken cancellationToken)
    {
        if (Rules.StableFor <= TimeSpan.Zero || !files.Exists(file => file.IsCopy))
        {
            return files;
        }

        if (Rules.StableFor - Client.Time.GetElapsedTime(looked) is { Ticks: > 0 } wait)
        {
            if (wait > SessionPatience)
            {
                await keeper.AbandonAsync();
            }

            await Task.Delay(wait, Client.Time, cancellationToken);
        }

        var second = await new PullPlanner(keeper, options with { IgnoreMissing = true }, new QuietSink()).MakeAsync(cancellationToken);
        var now = second.Files.GroupBy(file => file.RemotePath, StringComparer.Ordinal).ToDictionary(same => same.Key, same => same.First().Version, StringComparer.Ordinal);
        return Postpone(files, file => file is { Length: null, Modified: null } ? "whether it still changes cannot be told"
            : !now.TryGetValue(file.RemotePath, out var version) ? "gone at the second look"
            : version != file.Version ? "still changing"
            : null);
    }

    private List<PlannedTransfer> Limited(List<PlannedTransfer> files)
    {
        var copies = files.Where(file => file.IsCopy);
        copies = (Rules.Order ?? (Rules.HasLimit ? NapterFtpOrder.Oldest : null)) switch
        {
            NapterFtpOrder.Oldest => copies.OrderBy(file => file.Modified ?? DateTimeOffset.MaxValue),
            NapterFtpOrder.Newest => copies.OrderByDescending(file => file.Modified ?? DateTimeOffset.MinValue),
            NapterFtpOrder.Name => copies.OrderBy(file => file.RemotePath, StringComparer.Ordinal),
            NapterFtpOrder.Smallest => copies.OrderBy(file => file.Length ?? long.MaxValue),
            _ => copies,
        };
        var count = 0;
        long bytes = 0;
        return [.. files.Where(file => !file.IsCopy), .. Postpone(copies, file =>
        {
            if (file.Length > Rules.MaxBytes)
            {
                return "larger than -MaxBytes alone";
            }

            if (count >= Rules.MaxFiles)
            {
                return "beyond -MaxFiles";
            }

            if (bytes + (file.Length ?? 0) > Rules.MaxBytes)
            {
                return "beyond -MaxBytes";
            }

            count++;
            bytes += file.Length ?? 0;
            return null;
        })];
    }

    private static List<FileVersion> Versions(IEnumerable<PlannedTransfer> files) => [.. files.Select(file => file.Version)];

    /// <summary>For the second look: what goes wrong then is no news.</summary>
    private sealed class QuietSink : ICopySink
    {
        public void Done(NapterFtpTransfer transfer)
        {
        }

        public void Failed(NapterFtpException error)
        {
        }

        public void Progressed(CopyProgress progress)
        {
        }

        public ValueTask<bool> ApproveAsync(string action, string target, CancellationToken cancellationToken) => new(true);
    }
}
