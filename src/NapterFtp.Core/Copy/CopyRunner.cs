using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace NapterFtp.Copy;

/// <summary>Carries out a plan with one device: one or more sessions take file after file; a file that fails is tried again later
/// while the others go on.</summary>
internal sealed partial class CopyRunner
{
    private readonly DeviceClient _client;
    private readonly SessionKeeper _keeper;
    private readonly CopyOptions _options;
    private readonly ICopySink _sink;
    private readonly TransferQueue _queue;
    private readonly ProgressMeter _meter;
    private readonly SourceEnds _sources;
    private readonly ConcurrentQueue<(FileVersion Version, NapterFtpTransfer Result)> _failures = new();
    private int _workers;
    private int _failed;

    private CopyRunner(SessionKeeper keeper, CopyOptions options, ICopySink sink, IReadOnlyList<TransferJob> jobs)
    {
        _client = keeper.Client;
        _keeper = keeper;
        _options = options;
        _sink = sink;
        _queue = new TransferQueue(jobs, _client.Time);
        _sources = new SourceEnds(options);
        _meter = new ProgressMeter(_client.Label, jobs.Count, jobs.Sum(job => job.Plan.Length ?? 0), _client.Time, sink.Progressed);
    }

    /// <summary>Copies the files given.</summary>
    /// <returns>How many failed.</returns>
    public static async Task<int> RunAsync(
        SessionKeeper keeper, CopyOptions options, IReadOnlyList<PlannedTransfer> files, ICopySink sink, CancellationToken cancellationToken)
    {
        var pace = options.RateLimit is { } limit ? new RatePace(limit, keeper.Client.Time) : null;
        var runner = new CopyRunner(keeper, options, sink, [.. files.Select(file => new TransferJob(file, keeper.Client.Time) { Pace = pace })]);
        var sessions = Math.Clamp(options.SessionLimit, 1, Math.Max(files.Count, 1));
        runner._workers = sessions;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await Task.WhenAll(Enumerable.Range(0, sessions).Select(number => runner.GuardAsync(keeper, number, stop)));
        }
        finally
        {
            await runner.ReportAsync(cancellationToken);
        }

        return runner._failed;
    }

    /// <summary>One of the workers; one that ends by what nobody foresaw ends the others too, which would wait for its file for ever.</summary>
    private async Task GuardAsync(SessionKeeper keeper, int number, CancellationTokenSource stop)
    {
        try
        {
            if (number == 0)
            {
                await WorkAsync(keeper, isExtra: false, stop.Token);
                return;
            }

            await using var extra = new SessionKeeper(_client, RetryPolicy.None) { BeginsWithTransfer = true };
            await WorkAsync(extra, isExtra: true, stop.Token);
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
    }

    private async Task WorkAsync(SessionKeeper keeper, bool isExtra, CancellationToken cancellationToken)
    {
        var finishing = new Finisher(this, keeper);
        try
        {
            await WorkAsync(keeper, isExtra, finishing, cancellationToken);
        }
        finally
        {
            // Also when cancelled: what has come whole is put in place and told.
            await finishing.DrainAsync(all: true, cancellationToken);
        }
    }

    private async Task WorkAsync(SessionKeeper keeper, bool isExtra, Finisher finishing, CancellationToken cancellationToken)
    {
        while (await _queue.TakeAsync(cancellationToken) is { } job)
        {
            if (WhyTooLate(job) is { } reason)
            {
                Postpone(job, reason);
                _queue.Done();
                continue;
            }

            FtpClientSession session;
            try
            {
                // An extra session that the device refuses is simply not had; the last one left is all there is.
                session = isExtra && Volatile.Read(ref _workers) > 1
                    ? await keeper.GetAsync(cancellationToken)
                    : await keeper.GetAsync(_options.Retry, cancellationToken);
            }
            catch (NapterFtpException exception)
            {
                _queue.PutBack(job);
                if (!TryLeave(exception))
                {
                    GiveUp(exception);
                }

                break;
            }

            if (!await TryAsync(keeper, session, job, finishing, cancellationToken))
            {
                break;
            }

            await finishing.DrainAsync(all: false, cancellationToken);
        }
    }

    /// <summary>Leaves the rest to the other workers; false where there is no other.</summary>
    private bool TryLeave(NapterFtpException reason)
    {
        for (var workers = Volatile.Read(ref _workers); workers > 1; workers = Volatile.Read(ref _workers))
        {
            if (Interlocked.CompareExchange(ref _workers, workers - 1, workers) == workers)
            {
                _client.Logger.LogInformation("{Device}: goes on with fewer sessions: {Reason}", _client.Label, reason.Message);
                return true;
            }
        }

        return false;
    }

    /// <returns>Whether this worker goes on.</returns>
    private async Task<bool> TryAsync(SessionKeeper keeper, FtpClientSession session, TransferJob job, Finisher finishing, CancellationToken cancellationToken)
    {
        job.BeginAttempt();
        var following = _queue.Count;
        try
        {
            if (_options.Rules.LocksByRename && !job.Plan.ToDevice && !await SourceLock.TakeAsync(session, job, cancellationToken))
            {
                Postpone(job, "the device does not let it be renamed, as while something writes to it");
                _queue.Done();
            }
            else if (job.Plan.ToDevice)
            {
                await FilePush.StoreAsync(session, job, _options, _meter, following, cancellationToken);
                finishing.Add(job, null, cancellationToken);
            }
            else
            {
                finishing.Add(job, await FilePull.FetchAsync(session, job, _options, _meter, following, cancellationToken), cancellationToken);
            }
        }
        catch (NapterFtpException exception) when (Errors.IsOutOfPorts(exception) && TryLeave(exception))
        {
            job.TakeBackAttempt();
            _queue.PutBack(job);
            return false;
        }
        catch (NapterFtpException exception) when (Errors.IsTransient(exception) && job.Attempts <= _options.Retry.Retries)
        {
            _client.Logger.LogInformation("{Device}: {Message} '{File}' is tried again.", _client.Label, exception.Message, job.Plan.Source);
            _queue.TryAgain(job, IsWorthTryingAtOnce(job, exception) ? TimeSpan.Zero : _options.Retry.DelayAfter(job.Attempts));
        }
        catch (NapterFtpException exception)
        {
            await DropPartialAsync(session, job, cancellationToken);
            await LetGoAsync(keeper, job, exception, session.IsUsable, cancellationToken);
            Fail(job, exception, tells: true);
            _queue.Done();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            DropLocalPartial(job);
            throw;
        }
        catch (Exception exception)
        {
            _client.Logger.LogDebug(exception, "{Device}: '{File}' failed unexpectedly.", _client.Label, job.Plan.Source);
            DropLocalPartial(job);
            Fail(job, Errors.Unexpected(_client.Label, job.Plan.Source, exception), tells: true);
            _queue.Done();
            await keeper.AbandonAsync();
        }

        return true;
    }

    /// <summary>What is known better by now needs no wait: of a file that grew only the rest is to come.</summary>
    private static bool IsWorthTryingAtOnce(TransferJob job, NapterFtpException exception) =>
        exception.ErrorId == "PartialDiffers" || (exception.ErrorId == "SourceChanged" && job.Attempts == 1);

    /// <summary>Puts a file that has come whole in place. The history knows of it before it has its name, so that whatever happens then it is
    /// not copied twice.</summary>
    private async Task PutInPlaceAsync(FilePull pull, TransferJob job, CancellationToken cancellationToken)
    {
        if (_options.History is not { } history)
        {
            await pull.PutInPlaceAsync(_client.Label, _client.Time, cancellationToken);
            return;
        }

        var device = await _client.IdentifyAsync(history, cancellationToken);
        var version = job.Plan.Version with { Length = job.Length, Modified = job.Modified, Precision = job.Precision };

        // From now on the history may know of the file, whether or not its answer comes: where the temporary name goes, the file has its own.
        job.IsIntended = true;
        var intent = await history.IntendAsync(new FileArrival(device, version, pull.Path, job.Plan.LocalPath, job.Hash), cancellationToken);
        try
        {
            await pull.PutInPlaceAsync(_client.Label, _client.Time, cancellationToken);
        }
        catch
        {
            await history.WithdrawAsync(intent, CancellationToken.None);
            job.IsIntended = false;
            throw;
        }

        var status = job.Resumed ? NapterFtpTransferStatus.Resumed : NapterFtpTransferStatus.Copied;
        await history.SettleAsync(intent, job.Result(_client.Device, status), CancellationToken.None);
    }

    /// <summary>Tells the history what did not come.</summary>
    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        if (_options.History is not { } history || cancellationToken.IsCancellationRequested)
        {
            return;
        }

        try
        {
            var device = await _client.IdentifyAsync(history, cancellationToken);
            foreach (var (version, result) in _failures)
            {
                await history.ReportAsync(device, version, result, cancellationToken);
            }
        }
        catch (NapterFtpException exception)
        {
            _sink.Failed(exception);
        }
    }

    /// <summary>What the user has set as the end of this run: a file not begun by then is left for the next.</summary>
    private string? WhyTooLate(TransferJob job) =>
        _options.Rules.Until <= _client.Time.GetUtcNow() ? "not begun before -Until"
        : _options.Rules.MaxBytes is { } most && _meter.Bytes + (job.Plan.Length ?? 0) > most ? "beyond -MaxBytes"
        : null;

    private void Postpone(TransferJob job, string reason)
    {
        DropLocalPartial(job);
        _sink.Done(job.Result(_client.Device, NapterFtpTransferStatus.Postponed, reason));
        _meter.Ended(job.Plan);
    }

    /// <summary>A file that failed gets its own name back, or goes where the user wants such files: only what is the file's own fault.</summary>
    private async Task LetGoAsync(SessionKeeper keeper, TransferJob job, NapterFtpException exception, bool canAsk, CancellationToken cancellationToken)
    {
        if (!canAsk)
        {
            return;
        }

        try
        {
            if (Errors.IsFilesOwn(exception))
            {
                await _sources.PutAsideAsync(keeper, job, cancellationToken);
            }

            if (job.MovedTo is null)
            {
                await SourceEnds.ReleaseAsync(keeper, job, cancellationToken);
            }
        }
        catch (NapterFtpException error)
        {
            _sink.Failed(error);
        }
    }

    /// <summary>The device cannot be reached any more: one error, and an outcome for each file that is left.</summary>
    private void GiveUp(NapterFtpException exception)
    {
        var rest = _queue.TakeAll();
        foreach (var job in rest)
        {
            DropLocalPartial(job);
            Fail(job, exception, tells: false);
        }

        _sink.Failed(exception);
    }

    private void Fail(TransferJob job, NapterFtpException exception, bool tells)
    {
        Interlocked.Increment(ref _failed);
        var result = job.Result(
            _client.Device, exception.ErrorId == "SourceChanged" ? NapterFtpTransferStatus.Changed : NapterFtpTransferStatus.Failed, exception.Message);
        _failures.Enqueue((job.Plan.Version, result));
        _sink.Done(result);
        _meter.Ended(job.Plan);
        if (tells)
        {
            _sink.Failed(exception);
        }
    }

    private async Task DropPartialAsync(FtpClientSession session, TransferJob job, CancellationToken cancellationToken)
    {
        if (!job.Plan.ToDevice)
        {
            DropLocalPartial(job);
        }
        else if (!_options.KeepsPartial && !job.IsAside && session.IsUsable)
        {
            try
            {
                await session.AskAsync(session.Command("DELE", FilePush.PartialPath(job.Plan, session.Device)), cancellationToken);
            }
            catch (NapterFtpException)
            {
                // The session has broken; the file's own error is told.
            }
        }
    }

    private void DropLocalPartial(TransferJob job)
    {
        if (job.Plan.ToDevice || job.IsIntended || _options.KeepsPartial)
        {
            return;
        }

        try
        {
            PartialFile.Delete(FilePull.PartialPath(job.Plan, _client.Label));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It stays under its temporary name; the file's own error is told.
        }
    }
}
