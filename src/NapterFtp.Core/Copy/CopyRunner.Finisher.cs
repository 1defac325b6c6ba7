namespace NapterFtp.Copy;

/// <summary>What comes after a file's last byte.</summary>
internal sealed partial class CopyRunner
{
    /// <summary>Puts files in place while the session goes on with the next, and deletes sources once that is done.</summary>
    private sealed class Finisher(CopyRunner runner, SessionKeeper keeper)
    {
        private const int Limit = 4;

        private readonly Queue<(TransferJob Job, Task<NapterFtpException?> Task)> _finishing = new();

        public void Add(TransferJob job, FilePull? pull, CancellationToken cancellationToken)
        {
            _finishing.Enqueue((job, pull is null
                ? Task.FromResult<NapterFtpException?>(null)
                : Task.Run(() => PutInPlaceAsync(job, pull, cancellationToken), CancellationToken.None)));
            runner._queue.Done();
        }

        /// <summary>Tells the outcome of the files that are in place, in order.</summary>
        public async Task DrainAsync(bool all, CancellationToken cancellationToken)
        {
            while (_finishing.TryPeek(out var next) && (all || next.Task.IsCompleted || _finishing.Count > Limit))
            {
                _finishing.Dequeue();
                var job = next.Job;
                if (await next.Task is { } exception)
                {
                    runner.DropLocalPartial(job);
                    runner.Fail(job, exception, tells: true);
                }
                else
                {
                    var removed = runner._options.RemoveSource && !cancellationToken.IsCancellationRequested && await RemoveSourceAsync(job, cancellationToken);
                    runner._sink.Done(job.Result(
                        runner._client.Device, job.Resumed ? NapterFtpTransferStatus.Resumed : NapterFtpTransferStatus.Copied, sourceRemoved: removed));
                    runner._meter.Ended(job.Plan);
                }
            }
        }

        private async Task<NapterFtpException?> PutInPlaceAsync(TransferJob job, FilePull pull, CancellationToken cancellationToken)
        {
            using (pull)
            {
                try
                {
                    await pull.PutInPlaceAsync(runner._client.Label, runner._client.Time, cancellationToken);
                    return null;
                }
                catch (NapterFtpException exception)
                {
                    return exception;
                }
                catch (Exception exception)
                {
                    return Errors.Unexpected(runner._client.Label, job.Plan.Source, exception);
                }
            }
        }

        private async Task<bool> RemoveSourceAsync(TransferJob job, CancellationToken cancellationToken)
        {
            try
            {
                if (!job.IsWhole)
                {
                    throw new NapterFtpException(
                        "SourceNotRemoved",
                        NapterFtpErrorKind.Verification,
                        $"'{job.Plan.Source}' is copied, but not removed: whether the copy has all of it cannot be verified.",
                        "The device does not tell the file's length, or the file is still growing.",
                        job.Plan.Source);
                }

                if (job.Plan.ToDevice)
                {
                    File.Delete(job.Plan.LocalPath);
                }
                else
                {
                    await keeper.RunAsync((session, token) => session.DemandAsync("DELE", job.Plan.RemotePath, token), cancellationToken);
                }

                return true;
            }
            catch (OperationCanceledException)
            {
                // The copy is in place all the same.
            }
            catch (NapterFtpException exception)
            {
                runner._sink.Failed(exception);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                runner._sink.Failed(Errors.Local(job.Plan.LocalPath, exception));
            }

            return false;
        }
    }
}
