using System.Collections.Concurrent;
using NapterFtp.Copy;

namespace NapterFtp.Pulls.Service;

/// <summary>Brings the engine to do what the store says, and does what the engine says is due. Each step bears being done twice, and by several
/// members at once.</summary>
/// <param name="options">The member's.</param>
/// <param name="store">The store.</param>
/// <param name="life">Shows that the member lives.</param>
/// <param name="stopping">What has been begun is to be broken off.</param>
internal sealed class PullDispatcher(PullServiceOptions options, PullStore store, HistoryOwner life, CancellationToken stopping) : IPullWork
{
    private static readonly TimeSpan DrainLook = TimeSpan.FromMilliseconds(200);

    private readonly PullSchedules _schedules = new(store);
    private readonly PullRuns _runs = new(store);
    private readonly PullQueue _queue = new(store);
    private readonly PullReports _reports = new(store, options);
    private readonly DevicePull _pull = new(store, options.Connection, PullWorker.Of(life), options.Owner, options.Retry);
    private readonly PullPlaces _places = new(options.ThrottleLimit, store.Time);
    private readonly SemaphoreSlim _turn = new(1);
    private readonly ConcurrentDictionary<long, ServedRun> _known = new();
    private Dictionary<string, int> _seen = [];
    private PullEngine? _engine;
    private int _underWay;

    private PullEngine Engine => _engine ?? throw new InvalidOperationException("The engine has not been made.");

    public void Use(PullEngine engine) => _engine = engine;

    /// <summary>Waits until what this member has begun is done.</summary>
    public async Task DrainAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var began = store.Time.GetTimestamp();
        try
        {
            while (Volatile.Read(ref _underWay) > 0 && store.Time.GetElapsedTime(began) < limit)
            {
                await Task.Delay(DrainLook, store.Time, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // Who waited waits no more.
        }
    }

    /// <summary>Takes over what has changed: schedules, runs that were asked for, runs that have ended.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var standing = await _schedules.FindStandingAsync(null, cancellationToken);
            var seen = standing.ToDictionary(one => one.Key, one => one.Pull.Revision, StringComparer.Ordinal);
            foreach (var one in standing.Where(one => !_seen.TryGetValue(one.Key, out var revision) || revision != one.Pull.Revision))
            {
                await TakeOverAsync(one, cancellationToken);
            }

            foreach (var gone in _seen.Keys.Where(key => !seen.ContainsKey(key)))
            {
                await Engine.RemoveTimeAsync(gone, cancellationToken);
                await _queue.CancelAsync(gone, cancellationToken);
                await Engine.DropAsync(gone, cancellationToken);
                await Engine.ResumeAsync(gone, cancellationToken);
            }

            _seen = seen;
            foreach (var (run, key) in await _queue.FindQueuedAsync(cancellationToken))
            {
                await Engine.AddRunAsync(run, key, store.Time.GetUtcNow(), 0, cancellationToken);
            }

            await TellEndsAsync(cancellationToken);
            await _reports.WriteAsync(cancellationToken);
            options.Observer.BacklogSeen(await _queue.BacklogAsync(cancellationToken));
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Compares all that is open with what the engine has, and makes up for what is missing: what a member left in the middle, or what
    /// a store had whose engine's tables were lost.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        await FreeDeadAsync(cancellationToken);
        await _runs.FreeSilentAsync(cancellationToken);
        await _turn.WaitAsync(cancellationToken);
        try
        {
            foreach (var one in (await _schedules.FindStandingAsync(null, cancellationToken)).Where(one => one.Pull.Enabled))
            {
                await MakeUpAsync(one, cancellationToken);
            }
        }
        finally
        {
            _turn.Release();
        }

        var open = await _queue.FindOpenAsync(cancellationToken);
        foreach (var run in open)
        {
            // What a member has begun with it ends, or its heir.
            if (!await Engine.HasRunAsync(run.Id, cancellationToken))
            {
                await ScheduleAsync(run, cancellationToken);
            }

            if (run.State == NapterPullRunState.Running)
            {
                await _runs.EndAsync(run.Id, cancellationToken);
            }
        }

        foreach (var known in _known.Keys.Except(open.Select(run => run.Id)))
        {
            _known.TryRemove(known, out _);
        }

        await LookAsync(cancellationToken);
    }

    public async Task KeepTimeAsync(string key, CancellationToken cancellationToken)
    {
        if ((await _schedules.FindStandingAsync(key, cancellationToken)).FirstOrDefault() is not { Pull.Enabled: true } one)
        {
            return;
        }

        var now = store.Time.GetUtcNow();
        if (PullTrigger.Of(one.Pull).DueAt(one.Since, now, one.Pull.MissedRun) is { } due)
        {
            var run = await _runs.QueueAsync(one.Pull, due, cancellationToken);
            await Engine.AddRunAsync(run, key, now, 0, cancellationToken);
        }

        if (PullTrigger.Of(one.Pull).NextAfter(now) is { } next)
        {
            await Engine.SetTimeAsync(key, one.Pull.Revision, next, cancellationToken);
        }
    }

    public async Task FanOutAsync(long id, int attempt, CancellationToken cancellationToken)
    {
        if (await _queue.FindAsync(id, cancellationToken) is not { State: not NapterPullRunState.Ended } run)
        {
            return;
        }

        if (run.State == NapterPullRunState.Queued)
        {
            try
            {
                using var history = new PullHistory(store, options.Owner, new PullOrigin(run.Pull.Name, id));
                var devices = await PullWork.FindDevicesAsync(run.Pull, options.Connection, history, cancellationToken);
                await _runs.FreezeAsync(id, devices, cancellationToken);
            }
            catch (NapterFtpException exception)
            {
                await AgainAsync(run, attempt + 1, exception, cancellationToken);
                return;
            }

            await _queue.BeginAsync(run, cancellationToken);
            run = run with { State = NapterPullRunState.Running };
            await TellAsync(run.Id, options.Observer.RunBegan, cancellationToken);
        }

        await ScheduleAsync(run, cancellationToken);
        if (await _runs.EndAsync(id, cancellationToken) > 0)
        {
            await TellEndsAsync(cancellationToken);
        }
    }

    public async Task PullAsync(long id, DeviceKey key, CancellationToken cancellationToken)
    {
        try
        {
            await _places.RunAsync(activity => PullAsync(id, key, activity), error => options.Observer.Troubled(error as NapterFtpException ?? store.Explain(error)), stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // It had not begun.
        }
    }

    private async Task PullAsync(long id, DeviceKey key, Activity activity)
    {
        Interlocked.Increment(ref _underWay);
        try
        {
            await PullDeviceAsync(id, key, activity, stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // It is free again, for others at once.
            if (_known.TryGetValue(id, out var run))
            {
                await Engine.AddDevicesAsync(run, [(key, store.Time.GetUtcNow())], CancellationToken.None);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    private async Task PullDeviceAsync(long id, DeviceKey key, Activity activity, CancellationToken cancellationToken)
    {
        var run = _known.TryGetValue(id, out var known) ? known : await _queue.FindAsync(id, cancellationToken);
        if (run is null || await _queue.FindDeviceAsync(id, key, cancellationToken) is not var (device, state)
            || state.State is not (NapterPullDeviceState.Waiting or NapterPullDeviceState.Running))
        {
            return;
        }

        _known[id] = run;
        var sink = new Sink(options, run.Pull, state with { State = NapterPullDeviceState.Running, Computer = Environment.MachineName });
        var task = new DeviceTask(
            id, run.Pull, device, token => options.FindLogin(run.Pull, token), path => Refuse(run.Pull, path), () => options.Observer.DeviceBegan(sink.Device),
            token => options.FindRouter(run.Pull, token));
        var outcome = await _pull.RunAsync(task, sink, activity, cancellationToken);
        if (outcome.Claim == PullClaim.Busy)
        {
            // Perhaps by a process of this computer that is no more.
            var wait = await FreeDeadAsync(cancellationToken) > 0 ? TimeSpan.Zero : options.Pace.Busy;
            await Engine.AddDevicesAsync(run, [(key, store.Time.GetUtcNow() + wait)], cancellationToken);
            return;
        }

        if (outcome.End is not { } end)
        {
            return;
        }

        if (end is { State: NapterPullDeviceState.Waiting, NextTry: { } next })
        {
            await Engine.AddDevicesAsync(run, [(key, next)], cancellationToken);
        }

        if (await _queue.FindDeviceAsync(id, key, cancellationToken) is var (_, ended))
        {
            options.Observer.DeviceEnded(ended);
        }

        if (end.EndsRun)
        {
            await TellEndsAsync(cancellationToken);
        }
    }

    private Task<int> FreeDeadAsync(CancellationToken cancellationToken) => _runs.FreeDeadAsync(
        null, life.Computer, other => life.IsAlive(other.Id, other.Process, other.ProcessStarted), cancellationToken);

    private async Task TakeOverAsync(StandingPull one, CancellationToken cancellationToken)
    {
        if (!one.Pull.Enabled)
        {
            await Engine.RemoveTimeAsync(one.Key, cancellationToken);
            await Engine.PauseAsync(one.Key, cancellationToken);
            return;
        }

        if (await Engine.FindRevisionAsync(one.Key, cancellationToken) != one.Pull.Revision)
        {
            await SetTimeAsync(one, cancellationToken);
        }

        await Engine.ResumeAsync(one.Key, cancellationToken);
    }

    /// <summary>Sets a schedule's next time where the engine has none, or a later one, as after the clock was set back.</summary>
    private async Task MakeUpAsync(StandingPull one, CancellationToken cancellationToken)
    {
        var set = await Engine.FindTimeAsync(one.Key, cancellationToken);
        await SetTimeAsync(one, time => set is null || time < set, cancellationToken);
    }

    private Task SetTimeAsync(StandingPull one, CancellationToken cancellationToken) => SetTimeAsync(one, _ => true, cancellationToken);

    private async Task SetTimeAsync(StandingPull one, Func<DateTimeOffset, bool> wanted, CancellationToken cancellationToken)
    {
        try
        {
            var (trigger, now) = (PullTrigger.Of(one.Pull), store.Time.GetUtcNow());
            if ((trigger.DueAt(one.Since, now, one.Pull.MissedRun) is null ? trigger.NextAfter(now) : now) is { } time && wanted(time))
            {
                await Engine.SetTimeAsync(one.Key, one.Pull.Revision, time, cancellationToken);
            }
        }
        catch (NapterFtpException exception) when (exception.ErrorId == "InvalidPull")
        {
            // As with a time zone that this computer does not know: the others are to run all the same.
            options.Observer.Troubled(exception);
        }
    }

    /// <summary>Gives the engine the devices of a run that wait and that it does not have.</summary>
    private async Task ScheduleAsync(ServedRun run, CancellationToken cancellationToken)
    {
        var waiting = await _queue.FindWaitingAsync(run.Id, cancellationToken);
        if (waiting.Count > 0)
        {
            var had = await Engine.FindDevicesAsync(run, cancellationToken);
            await Engine.AddDevicesAsync(
                run,
                waiting.Where(one => !had.Contains(PullEngine.NameOf(one.Device))).Select(one => (one.Device, one.NextTry ?? run.BeginOf(one.Device))),
                cancellationToken);
        }
    }

    private async Task AgainAsync(ServedRun run, int attempt, NapterFtpException exception, CancellationToken cancellationToken)
    {
        options.Observer.Troubled(exception);
        if (attempt < options.Retry.Attempts)
        {
            await Engine.AddRunAsync(run.Id, run.Key, store.Time.GetUtcNow() + options.Retry.WaitAfter(attempt), attempt, cancellationToken);
            return;
        }

        await _queue.FailAsync(run.Id, $"Its devices could not be found: {exception.Message}", cancellationToken);
        await TellEndsAsync(cancellationToken);
    }

    private async Task TellEndsAsync(CancellationToken cancellationToken)
    {
        foreach (var run in await _queue.TakeEndedAsync(cancellationToken))
        {
            await TellAsync(run, options.Observer.RunEnded, cancellationToken);
        }
    }

    private async Task TellAsync(long run, Action<NapterPullRun> tell, CancellationToken cancellationToken)
    {
        if ((await _runs.FindAsync(null, run, null, cancellationToken)).FirstOrDefault() is { } found)
        {
            tell(found);
        }
    }

    private NapterFtpException? Refuse(NapterPull pull, string path) =>
        (pull.OnCopied is { } script ? options.Allowance.RefuseScript(script) : null) ?? options.Allowance.RefuseDestination(path);

    /// <summary>Tells the observer of a device's files.</summary>
    private sealed class Sink(PullServiceOptions options, NapterPull pull, NapterPullDevice device) : ICopySink
    {
        public NapterPullDevice Device => device;

        public void Done(NapterFtpTransfer transfer)
        {
            // What is left alone is not done.
            if (transfer.Status is not (NapterFtpTransferStatus.Skipped or NapterFtpTransferStatus.Postponed))
            {
                options.Observer.FileEnded(device, transfer);
            }
        }

        public void Failed(NapterFtpException error)
        {
            // In the ledger, and told with the device.
        }

        public void Progressed(CopyProgress progress)
        {
        }

        public ValueTask CopiedAsync(NapterFtpTransfer transfer, CancellationToken cancellationToken) =>
            pull.OnCopied is { } script ? options.RunScript(script, transfer, cancellationToken) : ValueTask.CompletedTask;

        public ValueTask<bool> ApproveAsync(string action, string target, CancellationToken cancellationToken) => ValueTask.FromResult(true);
    }
}
