using NapterFtp.Copy;

namespace NapterFtp.Pulls;

/// <summary>Pulls from one device of a run: takes it in the ledger, copies, and notes there how that ended. The same whether the run is a
/// service's or this process's own.</summary>
/// <param name="store">The store.</param>
/// <param name="connection">The way to the devices.</param>
/// <param name="worker">Who works.</param>
/// <param name="owner">Where this process shows that it lives.</param>
/// <param name="retry">When a device that failed is tried again; null for never.</param>
internal sealed class DevicePull(PullStore store, NapterConnection connection, PullWorker worker, HistoryOwnerOptions owner, PullRetry? retry)
{
    private static readonly TimeSpan StoreWait = TimeSpan.FromSeconds(5);

    private readonly PullRuns _runs = new(store);
    private readonly StoredTraits _traits = new(store);

    /// <summary>Works on a device where it is to be done and nobody else does it. What goes wrong with it, foreseen or not, is noted and told to
    /// the sink, and is not thrown: one device's trouble is not the others'.</summary>
    /// <param name="task">What to do.</param>
    /// <param name="sink">Hears of its files.</param>
    /// <param name="activity">Told when the device is heard of.</param>
    /// <param name="cancellationToken">Breaks it off; the device is free again for whoever goes on.</param>
    public async Task<DeviceOutcome> RunAsync(DeviceTask task, ICopySink sink, Activity activity, CancellationToken cancellationToken)
    {
        var key = task.Device.Key;
        var claim = await _runs.ClaimAsync(task.Run, key, worker, cancellationToken);
        if (claim != PullClaim.Taken)
        {
            return new DeviceOutcome(claim, null, default);
        }

        var tally = new PullTallySink(sink);
        try
        {
            task.Began?.Invoke();
            using var history = new PullHistory(store, owner, new PullOrigin(task.Pull.Name, task.Run));
            var traits = connection.TraitsOf(DeviceKey.For(task.Device.Target, task.Pull.DevicePort, task.Pull.Ports));
            var kept = await _traits.RecallAsync(key, traits, cancellationToken);
            await CopyAsync(connection, task, history, tally, activity, cancellationToken);
            await _traits.KeepAsync(key, traits, kept, tally.Value.Error is not null, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            if (retry is not null)
            {
                await _runs.ReleaseAsync(task.Run, key, worker.Id, tally.Value, CancellationToken.None);
                throw;
            }

            await _runs.FinishAsync(task.Run, key, worker.Id, tally.Value with { Error = "The run was stopped." }, null, CancellationToken.None);
            throw;
        }

        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Whoever listens failed itself.
            tally.Note(exception);
        }

        return new DeviceOutcome(claim, await FinishAsync(task.Run, key, tally.Value, cancellationToken), tally.Value);
    }

    /// <summary>Copies, and tells the sink of all that goes wrong.</summary>
    public static async Task CopyAsync(
        NapterConnection connection, DeviceTask task, IFileHistory history, ICopySink sink, Activity activity, CancellationToken cancellationToken)
    {
        try
        {
            var options = PullWork.Options(task.Pull, task.Device, history, connection.Time.GetUtcNow()) with { Refuses = task.Refuses };
            var pull = task.FindRouter is { } find ? task.Pull with { Router = await find(cancellationToken) } : task.Pull;
            var target = pull.Router?.Target ?? task.Device.Target;
            await using var client = DeviceClient.Create(connection, target, pull.DevicePort, PullWork.Client(pull, await task.Login(cancellationToken)), activity);
            await DeviceCopy.RunAsync(client, options, sink, cancellationToken);
        }
        catch (NapterFtpException exception)
        {
            sink.Failed(exception);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            sink.Failed(new NapterFtpException(
                "PullFailed",
                NapterFtpErrorKind.Unexpected,
                $"{task.Pull.Ports.Label(task.Device.Target, task.Pull.DevicePort)}: {exception.GetType().Name}: {exception.Message}",
                "The other devices go on. This was not foreseen: please report it, with what -Debug shows.",
                task.Device.Target.ToString(),
                exception));
        }
    }

    /// <summary>A device that is done is noted as such, however long the store is away: else it would stay this worker's for as long as that
    /// lives.</summary>
    private async Task<PullEnd?> FinishAsync(long run, DeviceKey key, PullTally tally, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await _runs.FinishAsync(run, key, worker.Id, tally, retry, CancellationToken.None);
            }
            catch (NapterFtpException) when (retry is not null)
            {
                await Task.Delay(StoreWait, store.Time, cancellationToken);
            }
        }
    }
}

/// <summary>What is to be done with a device.</summary>
/// <param name="Run">The run.</param>
/// <param name="Pull">The schedule, as the run froze it.</param>
/// <param name="Device">The device.</param>
/// <param name="Login">Finds its FTP login.</param>
/// <param name="Refuses">Says what speaks against a local path; null where all are allowed.</param>
/// <param name="Began">Told once the device has been taken.</param>
/// <param name="FindRouter">Finds the schedule's router with its login; null where the schedule's has it.</param>
internal sealed record DeviceTask(
    long Run, NapterPull Pull, PullDevice Device, Func<CancellationToken, ValueTask<FtpLogin>> Login, Func<string, NapterFtpException?>? Refuses = null,
    Action? Began = null, Func<CancellationToken, ValueTask<NapterRouter?>>? FindRouter = null);

/// <summary>What became of the wish to pull from a device.</summary>
/// <param name="Claim">Whether it was done.</param>
/// <param name="End">How it stands now; null where it was not done, or was another's in the end.</param>
/// <param name="Tally">What came of it.</param>
internal sealed record DeviceOutcome(PullClaim Claim, PullEnd? End, PullTally Tally);
