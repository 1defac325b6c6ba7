using Microsoft.Extensions.Logging;

namespace NapterFtp.Copy;

/// <summary>A whole copy or synchronisation with one device: plan, ask, copy, delete.</summary>
internal static class DeviceCopy
{
    /// <exception cref="NapterFtpException">Nothing could be done at all: the device cannot be reached, or the options make no sense.</exception>
    public static async Task RunAsync(DeviceClient client, CopyOptions options, ICopySink sink, CancellationToken cancellationToken)
    {
        await using var keeper = new SessionKeeper(client, options.Retry) { BeginsWithTransfer = true };
        var plan = options.ToDevice
            ? await new PushPlanner(keeper, options, sink).MakeAsync(cancellationToken)
            : await new PullSelection(keeper, options, sink).MakeAsync(cancellationToken);
        var files = new List<PlannedTransfer>();
        var failures = 0;
        foreach (var file in plan.Files)
        {
            if (file.Fault is { } fault)
            {
                failures++;
                sink.Done(new TransferJob(file, client.Time).Result(client.Device, NapterFtpTransferStatus.Failed, fault.Message));
                sink.Failed(fault);
            }
            else if (file.SkipReason is { } reason)
            {
                sink.Done(new TransferJob(file, client.Time).Result(client.Device, NapterFtpTransferStatus.Skipped, reason));
            }
            else if (file.PostponeReason is { } later)
            {
                sink.Done(new TransferJob(file, client.Time).Result(client.Device, NapterFtpTransferStatus.Postponed, later));
            }
            else if (await sink.ApproveAsync(
                options.RemoveSource ? $"Move to '{file.Destination}'" : $"Copy to '{file.Destination}'", Target(client, file.Source, !options.ToDevice), cancellationToken))
            {
                files.Add(file);
            }
        }

        if (files.Count > 0)
        {
            failures += await CopyRunner.RunAsync(keeper, options, files, sink, cancellationToken);
        }

        await MakeFoldersAsync(keeper, options, plan, sink, cancellationToken);
        if (plan.Deletions.Count > 0)
        {
            if (failures > 0)
            {
                client.Logger.LogWarning("{Device}: nothing is deleted, because {Count} files could not be copied.", client.Label, failures);
                return;
            }

            await DeleteAsync(keeper, options, plan.Deletions, sink, cancellationToken);
        }
    }

    private static string Target(DeviceClient client, string path, bool onDevice) => onDevice ? $"{client.Label}{path}" : path;

    private static async Task MakeFoldersAsync(
        SessionKeeper keeper, CopyOptions options, CopyPlan plan, ICopySink sink, CancellationToken cancellationToken)
    {
        foreach (var folder in plan.Folders)
        {
            if (options.ToDevice ? keeper.Client.KnownFolders.ContainsKey(folder) : Directory.Exists(folder))
            {
                continue;
            }

            if (!await sink.ApproveAsync("Create folder", Target(keeper.Client, folder, options.ToDevice), cancellationToken))
            {
                continue;
            }

            try
            {
                if (options.ToDevice)
                {
                    await keeper.RunAsync(
                        async (session, token) =>
                        {
                            await RemoteFiles.EnsureFolderAsync(session, folder, token);
                            return true;
                        },
                        cancellationToken);
                }
                else
                {
                    Directory.CreateDirectory(folder);
                }
            }
            catch (NapterFtpException exception)
            {
                sink.Failed(exception);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                sink.Failed(Errors.Local(folder, exception));
            }
        }
    }

    private static async Task DeleteAsync(
        SessionKeeper keeper, CopyOptions options, IReadOnlyList<PlannedDeletion> deletions, ICopySink sink, CancellationToken cancellationToken)
    {
        var device = keeper.Client.Device;
        foreach (var deletion in deletions)
        {
            if (!await sink.ApproveAsync("Delete", Target(keeper.Client, deletion.Path, options.ToDevice), cancellationToken))
            {
                continue;
            }

            try
            {
                if (options.ToDevice)
                {
                    await keeper.RunAsync(
                        (session, token) => session.DemandAsync(deletion.IsFolder ? "RMD" : "DELE", deletion.Path, token), cancellationToken);
                }
                else if (deletion.IsFolder)
                {
                    Directory.Delete(deletion.Path);
                }
                else
                {
                    File.Delete(deletion.Path);
                }

                sink.Done(new NapterFtpTransfer
                {
                    Imsi = device.Imsi,
                    SimId = device.SimId,
                    Source = "",
                    Destination = deletion.Path,
                    Status = NapterFtpTransferStatus.Deleted,
                });
            }
            catch (NapterFtpException exception)
            {
                sink.Failed(exception);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                sink.Failed(Errors.Local(deletion.Path, exception));
            }
        }
    }
}

/// <summary>What to copy between one device and this computer, and how.</summary>
internal sealed record CopyOptions
{
    /// <summary>The sources: on the device for a pull, local for a push.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Whether <see cref="Paths"/> are taken as they are, without wildcards.</summary>
    public bool IsLiteral { get; init; }

    /// <summary>Where to: local for a pull, on the device for a push.</summary>
    public required string Destination { get; init; }

    public bool ToDevice { get; init; }

    public bool Recurse { get; init; }

    public ItemFilter Filter { get; init; } = ItemFilter.All;

    public NapterFtpIfExists IfExists { get; init; } = NapterFtpIfExists.Overwrite;

    /// <summary>Makes the destination folder match the one source folder; null for a plain copy.</summary>
    public NapterFtpSyncMode? Sync { get; init; }

    /// <summary>Deletes each source once its copy is verified and in place.</summary>
    public bool RemoveSource { get; init; }

    /// <summary>The folder on the device that each source is moved to once its copy is verified and in place: absolute, or from the source's
    /// own folder; with dates. Null for none.</summary>
    public string? MoveSource { get; init; }

    /// <summary>The folder on the device that a source is moved to which the device cannot give whole, or which the user's script refused;
    /// null for none.</summary>
    public string? MoveFailed { get; init; }

    /// <summary>Which of the files are taken now.</summary>
    public SourceRules Rules { get; init; } = SourceRules.All;

    /// <summary>Whether a path that leads nowhere is no error.</summary>
    public bool IgnoreMissing { get; init; }

    /// <summary>Bytes a second of all sessions with the device together; null for no limit.</summary>
    public long? RateLimit { get; init; }

    /// <summary>What has been copied before; null for no memory.</summary>
    public IFileHistory? History { get; init; }

    /// <summary>Says what speaks against writing at a full local path, where not all may be written; null where nothing does.</summary>
    public Func<string, NapterFtpException?>? Refuses { get; init; }

    /// <summary>What is pulled, in words that stay the same from run to run, for the first run of all; null for the paths.</summary>
    public string? Scope { get; init; }

    /// <summary>When the command or run began, in the zone that dates in names are in.</summary>
    public DateTimeOffset Began { get; init; }

    /// <summary>Computes each file's SHA-256.</summary>
    public bool Hash { get; init; }

    /// <summary>Has the device change line ends between its own form and FTP's, which makes lengths tell nothing; else bytes stay as they
    /// are.</summary>
    public bool Ascii { get; init; }

    /// <summary>This computer's file system.</summary>
    public LocalFileSystem Files { get; init; } = LocalFileSystem.Native;

    /// <summary>The destinations of all devices that one command copies from; null where it is one device.</summary>
    public DestinationClaims? Claims { get; init; }

    public RetryPolicy Retry { get; init; } = new(3, TimeSpan.FromSeconds(5));

    /// <summary>FTP sessions with the device at a time.</summary>
    public int SessionLimit { get; init; } = 1;

    /// <summary>Whether what is left of a file that could not be copied is kept for a later run.</summary>
    public bool KeepsPartial => IfExists is NapterFtpIfExists.Resume or NapterFtpIfExists.Append && Sync is null;

    /// <summary>Whether a source goes once its copy is verified.</summary>
    public bool TakesSource => RemoveSource || MoveSource is not null;

    /// <summary>Whether a folder of the device is one that sources are moved to, so that nothing is copied from there.</summary>
    public bool IsMoveTarget(string folder) =>
        (MoveSource is { } moved && NameTemplate.MayBe(moved, folder)) || (MoveFailed is { } failed && NameTemplate.MayBe(failed, folder));
}

/// <summary>What a copy will do: made by listing only.</summary>
/// <param name="Files">The files, in the order found.</param>
/// <param name="Folders">Folders of the destination to be made, also where no file goes into them.</param>
/// <param name="Deletions">What a mirror deletes once all is copied: files, then folders from the deepest up.</param>
internal sealed record CopyPlan(
    IReadOnlyList<PlannedTransfer> Files, IReadOnlyList<string> Folders, IReadOnlyList<PlannedDeletion> Deletions)
{
    /// <summary>The names found in the device's folders, also those that nothing is planned for.</summary>
    public IReadOnlyDictionary<string, IReadOnlySet<string>> Names { get; init; } = new Dictionary<string, IReadOnlySet<string>>();
}

/// <summary>What is to become of one file.</summary>
internal sealed record PlannedTransfer
{
    public required bool ToDevice { get; init; }

    /// <summary>The absolute path on the device.</summary>
    public required string RemotePath { get; init; }

    public required string LocalPath { get; init; }

    /// <summary>The source's bytes; null where the device does not tell.</summary>
    public long? Length { get; init; }

    /// <summary>When the source was last changed.</summary>
    public DateTimeOffset? Modified { get; init; }

    /// <summary>The unit <see cref="Modified"/> was given in.</summary>
    public TimeSpan Precision { get; init; }

    public NapterFtpTimeSource TimeSource { get; init; }

    /// <summary>Why the file is left alone; null where it is copied.</summary>
    public string? SkipReason { get; init; }

    /// <summary>Why the file is left for a later run; null where it is copied now.</summary>
    public string? PostponeReason { get; init; }

    /// <summary>The name that a run which was cut has left the file under while it was locked; null where it has its own.</summary>
    public string? LockedPath { get; init; }

    /// <summary>Why the file cannot be copied; null where it can.</summary>
    public NapterFtpException? Fault { get; init; }

    /// <summary>Partial files that an earlier, killed run left for another version of the file; deleted once this one is in place.</summary>
    public IReadOnlyList<string> Leftovers { get; init; } = [];

    /// <summary>The destination may be the beginning of the source.</summary>
    public bool Completes { get; init; }

    public string Source => ToDevice ? LocalPath : RemotePath;

    public string Destination => ToDevice ? RemotePath : LocalPath;

    public bool IsCopy => SkipReason is null && PostponeReason is null && Fault is null;

    /// <summary>The file's version, as the listing tells it.</summary>
    public FileVersion Version => new(RemotePath, Length, Modified, Precision);
}

/// <summary>An item of the destination that the source has not.</summary>
/// <param name="Path">Local for a pull, on the device for a push.</param>
/// <param name="IsFolder">A folder, deleted only when empty by then.</param>
internal sealed record PlannedDeletion(string Path, bool IsFolder);

/// <summary>Whoever wants to know how a copy goes. Called from several threads at once.</summary>
internal interface ICopySink
{
    /// <summary>A file's outcome.</summary>
    void Done(NapterFtpTransfer transfer);

    /// <summary>Something failed; the rest goes on.</summary>
    void Failed(NapterFtpException error);

    /// <summary>How far it has come.</summary>
    void Progressed(CopyProgress progress);

    /// <summary>A file is in place and its source is still untouched: the user's script may look at it.</summary>
    /// <exception cref="NapterFtpException">The script failed; the source stays.</exception>
    ValueTask CopiedAsync(NapterFtpTransfer transfer, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Whether a change may be made: <c>-WhatIf</c> and <c>-Confirm</c> say no here.</summary>
    ValueTask<bool> ApproveAsync(string action, string target, CancellationToken cancellationToken);
}
