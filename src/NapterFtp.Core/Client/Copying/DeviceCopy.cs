using Microsoft.Extensions.Logging;

namespace NapterFtp.Client.Copying;

/// <summary>A whole copy or synchronisation with one device: plan, ask, copy, delete.</summary>
internal static class DeviceCopy
{
    /// <exception cref="NapterFtpException">Nothing could be done at all: the device cannot be reached, or the options make no sense.</exception>
    public static async Task RunAsync(DeviceClient client, CopyOptions options, ICopySink sink, CancellationToken cancellationToken)
    {
        await using var keeper = new SessionKeeper(client, options.Retry);
        var plan = options.ToDevice
            ? await new PushPlanner(keeper, options, sink).MakeAsync(cancellationToken)
            : await new PullPlanner(keeper, options, sink).MakeAsync(cancellationToken);
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
            if (options.ToDevice ? keeper.Client.Traits.KnownFolders.ContainsKey(folder) : Directory.Exists(folder))
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
                    Destination = LocalNames.Printable(deletion.Path),
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
