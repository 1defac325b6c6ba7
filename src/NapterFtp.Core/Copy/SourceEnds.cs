using System.Collections.Concurrent;
using NapterFtp.Ftp;

namespace NapterFtp.Copy;

/// <summary>What becomes of the sources of one device, once they are copied or once it turned out that they cannot be.</summary>
internal sealed class SourceEnds(CopyOptions options)
{
    // What is in the folders that files are moved to, so that none is replaced there, also by a device for which A.CSV is a.csv.
    private readonly ConcurrentDictionary<string, HashSet<string>> _folders = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Lets a source go whose copy is in place.</summary>
    /// <returns>Whether it was removed; a move is noted in the job.</returns>
    /// <exception cref="NapterFtpException"><c>SourceNotRemoved</c> where the copy is not known to be whole; the device refused; the session broke.</exception>
    public async Task<bool> TakeAsync(SessionKeeper keeper, TransferJob job, CancellationToken cancellationToken)
    {
        if (!job.IsWhole)
        {
            throw new NapterFtpException(
                "SourceNotRemoved",
                NapterFtpErrorKind.Verification,
                $"'{job.Plan.Source}' is copied, but stays where it is: whether the copy has all of it cannot be verified.",
                "The device does not tell the file's length, or the file is still growing.",
                job.Plan.Source);
        }

        if (job.Plan.ToDevice)
        {
            File.Delete(job.Plan.LocalPath);
            return true;
        }

        if (options.MoveSource is { } folder)
        {
            await MoveAsync(keeper, job, folder, cancellationToken);
        }
        else
        {
            await keeper.RunAsync((session, token) => session.DemandAsync("DELE", job.RemotePath, token), cancellationToken);
        }

        await TakeDoneFileAsync(keeper, job, cancellationToken);
        return options.MoveSource is null;
    }

    /// <summary>Moves a source away that cannot be copied, where the user wants that.</summary>
    /// <exception cref="NapterFtpException">The device refused, or the session broke.</exception>
    public async Task PutAsideAsync(SessionKeeper keeper, TransferJob job, CancellationToken cancellationToken)
    {
        if (options.MoveFailed is { } folder && !job.Plan.ToDevice)
        {
            await MoveAsync(keeper, job, folder, cancellationToken);
            await TakeDoneFileAsync(keeper, job, cancellationToken);
        }
    }

    /// <summary>Gives a source its name back where it was locked.</summary>
    public static Task ReleaseAsync(SessionKeeper keeper, TransferJob job, CancellationToken cancellationToken) => job.RemotePath == job.Plan.RemotePath
        ? Task.CompletedTask
        : keeper.RunAsync(
            async (session, token) =>
            {
                await SourceLock.ReleaseAsync(session, job, token);
                return true;
            },
            cancellationToken);

    private async Task MoveAsync(SessionKeeper keeper, TransferJob job, string template, CancellationToken cancellationToken)
    {
        var folder = NameTemplate.RemoteFolder(template, RemotePath.FolderOf(job.Plan.RemotePath), options.Began);
        await _one.WaitAsync(cancellationToken);
        try
        {
            job.MovedTo = await keeper.RunAsync(
                async (session, token) =>
                {
                    var taken = await NamesAsync(keeper, session, folder, token);
                    var name = RemotePath.NameOf(job.Plan.RemotePath);
                    var free = Enumerable.Range(0, int.MaxValue).Select(number => number == 0 ? name : NumberedName.With(name, number)).First(taken.Add);
                    try
                    {
                        await RemoteFiles.RenameAsync(session, job.RemotePath, RemotePath.Combine(folder, free), token);
                    }
                    catch
                    {
                        taken.Remove(free);
                        throw;
                    }

                    return RemotePath.Combine(folder, free);
                },
                cancellationToken);
            job.RemotePath = job.MovedTo;
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<HashSet<string>> NamesAsync(SessionKeeper keeper, FtpClientSession session, string folder, CancellationToken cancellationToken)
    {
        if (_folders.TryGetValue(folder, out var known))
        {
            return known;
        }

        await RemoteFiles.EnsureFolderAsync(session, folder, cancellationToken);
        var listing = await FolderLister.ListAsync(keeper, folder, cancellationToken);
        return _folders[folder] = listing.Entries.Select(entry => entry.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The done file of a source that has gone would wait for ever. One that stands for several files is the device's to delete.</summary>
    private async Task TakeDoneFileAsync(SessionKeeper keeper, TransferJob job, CancellationToken cancellationToken)
    {
        if (options.Rules.DoneFile is { } template && NameTemplate.IsPerFile(template))
        {
            var done = RemotePath.Combine(RemotePath.FolderOf(job.Plan.RemotePath), NameTemplate.DoneName(template, RemotePath.NameOf(job.Plan.RemotePath)));
            await keeper.RunAsync((session, token) => session.DemandAsync("DELE", done, token), cancellationToken);
        }
    }
}
