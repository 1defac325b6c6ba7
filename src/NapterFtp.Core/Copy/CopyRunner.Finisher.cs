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
                    await runner.LetGoAsync(keeper, job, exception, canAsk: !cancellationToken.IsCancellationRequested, cancellationToken);
                    runner.Fail(job, exception, tells: true);
                }
                else
                {
                    var removed = !cancellationToken.IsCancellationRequested && await FinishSourceAsync(job, cancellationToken);
                    runner._sink.Done(job.Result(runner._client.Device, StatusOf(job), sourceRemoved: removed));
                    runner._meter.Ended(job.Plan);
                }
            }
        }

        private static NapterFtpTransferStatus StatusOf(TransferJob job) => job.Resumed ? NapterFtpTransferStatus.Resumed : NapterFtpTransferStatus.Copied;

        private async Task<NapterFtpException?> PutInPlaceAsync(TransferJob job, FilePull pull, CancellationToken cancellationToken)
        {
            using (pull)
            {
                try
                {
                    await runner.PutInPlaceAsync(pull, job, cancellationToken);
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

        /// <summary>What comes once a file is in place: the user's script, then the source's end.</summary>
        /// <returns>Whether the source was removed.</returns>
        private async Task<bool> FinishSourceAsync(TransferJob job, CancellationToken cancellationToken)
        {
            try
            {
                await runner._sink.CopiedAsync(job.Result(runner._client.Device, StatusOf(job)), cancellationToken);
                if (runner._options.TakesSource)
                {
                    return await runner._sources.TakeAsync(keeper, job, cancellationToken);
                }

                await SourceEnds.ReleaseAsync(keeper, job, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                // The copy is in place all the same.
            }
            catch (NapterFtpException exception)
            {
                runner._sink.Failed(exception);
                await runner.LetGoAsync(keeper, job, exception, canAsk: exception.ErrorId != "SourceStaysLocked", cancellationToken);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                runner._sink.Failed(Errors.Local(job.Plan.LocalPath, exception));
            }

            return false;
        }
    }
}
