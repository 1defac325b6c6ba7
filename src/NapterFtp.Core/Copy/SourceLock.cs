namespace NapterFtp.Copy;

/// <summary>Locks a file on the device by giving it another name while it is fetched: a writer that comes back begins a new file, and no
/// other puller takes it.</summary>
internal static class SourceLock
{
    /// <summary>What is added to the name.</summary>
    public const string Suffix = ".napterlock";

    /// <summary>Gives the file its locked name, unless a run that was cut has left it under that.</summary>
    /// <returns>False where the device refuses, as it does while something writes to the file.</returns>
    /// <exception cref="NapterFtpException">The session broke.</exception>
    public static async Task<bool> TakeAsync(FtpClientSession session, TransferJob job, CancellationToken cancellationToken)
    {
        if (job.RemotePath != job.Plan.RemotePath)
        {
            return true;
        }

        var locked = job.Plan.RemotePath + Suffix;
        if (job.Attempts > 1 && await RemoteFiles.IsThereAsync(session, locked, cancellationToken))
        {
            // An attempt before has done it, but its answer was lost; what has the file's own name now is another, and would replace it.
            job.RemotePath = locked;
            return true;
        }

        try
        {
            await RemoteFiles.RenameAsync(session, job.Plan.RemotePath, locked, cancellationToken);
        }
        catch (NapterFtpException) when (session.IsUsable)
        {
            return false;
        }

        job.RemotePath = locked;
        return true;
    }

    /// <summary>Gives the file its own name back. What has taken that name meanwhile is not replaced.</summary>
    /// <exception cref="NapterFtpException"><c>SourceStaysLocked</c>, or the session broke.</exception>
    public static async Task ReleaseAsync(FtpClientSession session, TransferJob job, CancellationToken cancellationToken)
    {
        if (job.RemotePath == job.Plan.RemotePath)
        {
            return;
        }

        if (await RemoteFiles.IsThereAsync(session, job.Plan.RemotePath, cancellationToken))
        {
            throw new NapterFtpException(
                "SourceStaysLocked",
                NapterFtpErrorKind.InUse,
                $"{session.Device}: '{LocalNames.Printable(job.RemotePath)}' keeps that name, because its own is taken by another file by now.",
                "The next run with -LockBy Rename takes it from there; -RemoveSource or -MoveSource lets it go once it is copied.",
                LocalNames.Printable(job.RemotePath));
        }

        await RemoteFiles.RenameAsync(session, job.RemotePath, job.Plan.RemotePath, cancellationToken);
        job.RemotePath = job.Plan.RemotePath;
    }

    /// <summary>A listing with what is locked under its own names. A file that has come under the name of one that is locked waits for the
    /// next run.</summary>
    public static IReadOnlyList<RemoteEntry> Unlock(IReadOnlyList<RemoteEntry> entries)
    {
        var locked = entries.Where(IsLocked).Select(Unlock).ToList();
        if (locked.Count == 0)
        {
            return entries;
        }

        var names = locked.Select(entry => entry.FullName).ToHashSet(StringComparer.Ordinal);
        return [.. locked, .. entries.Where(entry => !IsLocked(entry) && !names.Contains(entry.FullName))];
    }

    /// <summary>An entry found under its locked name, under its own.</summary>
    public static RemoteEntry Unlock(RemoteEntry entry) => entry with { FullName = entry.FullName[..^Suffix.Length], LockedPath = entry.FullName };

    private static bool IsLocked(RemoteEntry entry) =>
        entry.Type == NapterFtpItemType.File && entry.Name.Length > Suffix.Length && entry.Name.EndsWith(Suffix, StringComparison.Ordinal);
}
