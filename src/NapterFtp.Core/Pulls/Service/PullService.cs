using NapterFtp.Copy;

namespace NapterFtp.Pulls.Service;

/// <summary>One member of the service that runs the schedules of a store. Members know of each other by nothing but the store.</summary>
internal sealed class PullService : IAsyncDisposable
{
    /// <summary>How long devices that are broken off may take to be given back.</summary>
    private static readonly TimeSpan BreakOff = TimeSpan.FromSeconds(30);

    private readonly PullServiceOptions _options;
    private readonly ServiceLock _lock;
    private readonly PullStore _store;
    private readonly HistoryOwner _life;
    private readonly PullMembers _members;
    private readonly PullMember _member;
    private readonly PullDispatcher _dispatcher;
    private readonly PullMonitoring? _monitoring;
    private readonly CancellationTokenSource _looking = new();
    private readonly CancellationTokenSource _working = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly object _gate = new();
    private PullEngine? _engine;
    private Task _loops = Task.CompletedTask;
    private Task? _stopping;
    private volatile NapterPullServiceState _state;

    private PullService(PullServiceOptions options, ServiceLock @lock, PullStore store, PullMonitoring? monitoring)
    {
        _monitoring = monitoring;
        _options = options;
        _lock = @lock;
        _store = store;
        _life = new HistoryOwner(options.Owner);
        _members = new PullMembers(store);
        _member = new PullMember(PullWorker.Of(_life), options.Name, store.Time.GetUtcNow(), options.ThrottleLimit);
        _dispatcher = new PullDispatcher(options, store, _life, _working.Token);
    }

    /// <summary>Its name.</summary>
    public string Name => _options.Name;

    /// <summary>The address of its page of metrics; null where there is none.</summary>
    public Uri? MetricsPage => _monitoring?.Page;

    /// <summary>Ends when it has stopped.</summary>
    public Task Completion => _ended.Task;

    /// <summary>Starts a member.</summary>
    /// <exception cref="NapterFtpException"><c>PullServiceRunning</c>: a store in a file has one already; <c>MetricsPortNotAvailable</c>,
    /// <c>LogNotWritable</c>. Or the store cannot be used.</exception>
    public static async Task<PullService> StartAsync(PullServiceOptions options, CancellationToken cancellationToken)
    {
        var store = await PullStore.OpenAsync(options.Store, cancellationToken);
        ServiceLock? @lock = null;
        PullMonitoring? monitoring = null;
        PullService? service = null;
        try
        {
            @lock = ServiceLock.Take(options.Store.Address);
            monitoring = options.Monitoring is { } shown ? PullMonitoring.Start(shown, options.Name, store.Address.Name, store.Time) : null;
            var observed = monitoring is null ? options : options with { Observer = new PullObservers([options.Observer, monitoring.Observer]) };
            service = new PullService(observed, @lock, store, monitoring);
            await service.BeginAsync(cancellationToken);
            return service;
        }
        catch
        {
            if (service is not null)
            {
                await service.DisposeAsync();
            }
            else
            {
                monitoring?.Dispose();
                @lock?.Dispose();
                await store.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>Stops it. What it has not come to an end with, others go on with, or the next start.</summary>
    /// <param name="drain">How long devices that have been begun may go on.</param>
    /// <param name="cancellationToken">Cuts the drain short.</param>
    public Task StopAsync(TimeSpan drain, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return _stopping ??= EndAsync(drain, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.Zero, CancellationToken.None);

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        _life.Begin();
        await _members.ForgetAsync(cancellationToken);
        await _members.SayAsync(_member, NapterPullServiceState.Running, cancellationToken);
        _engine = await PullEngine.CreateAsync(_store, _member, _options.Pace, _dispatcher, cancellationToken);
        _dispatcher.Use(_engine);

        // Others may keep the engine's tables to themselves for longer than one waits; what is not found now is found by the next sweep.
        await TryAsync(_dispatcher.SweepAsync, cancellationToken);
        await _engine.StartAsync(cancellationToken);
        _loops = Task.WhenAll(
            LoopAsync(_options.Pace.Look, _dispatcher.LookAsync, _looking.Token),
            LoopAsync(_options.Pace.Sweep, _dispatcher.SweepAsync, _looking.Token),
            LoopAsync(_options.Pace.Beat, BeatAsync, _working.Token));
        _monitoring?.Ready();
    }

    private async Task EndAsync(TimeSpan drain, CancellationToken cancellationToken)
    {
        await Task.Yield();
        _monitoring?.Stopping();
        try
        {
            _state = NapterPullServiceState.Draining;
            await _looking.CancelAsync();
            if (_engine is not null)
            {
                await _engine.StandbyAsync(CancellationToken.None);
            }

            if (drain > TimeSpan.Zero)
            {
                await TryAsync(BeatAsync, CancellationToken.None);
                await _dispatcher.DrainAsync(drain, cancellationToken);
            }

            await _working.CancelAsync();
            if (_engine is not null)
            {
                // Those whose devices are silent the engine does not know of any more.
                await _dispatcher.DrainAsync(BreakOff, CancellationToken.None);
                await _engine.DisposeAsync();
            }

            await _loops;
            await TryAsync(token => _members.LeaveAsync(_member, token), CancellationToken.None);
        }
        finally
        {
            _life.Dispose();
            await _store.DisposeAsync();
            _lock.Dispose();
            _monitoring?.Dispose();
            _looking.Dispose();
            _working.Dispose();
            _ended.TrySetResult();
        }
    }

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        await _members.SayAsync(_member, _state, cancellationToken);
        await new PullRuns(_store).RenewAsync(_member.Worker.Id, cancellationToken);
    }

    private async Task LoopAsync(TimeSpan interval, Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(interval, _store.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                await TryAsync(work, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>What fails now, as where the store is away, may do the next time.</summary>
    private async Task TryAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
        catch (Exception exception)
        {
            _options.Observer.Troubled(exception as NapterFtpException ?? _store.Explain(exception));
        }
    }
}

/// <summary>What a member of a service needs.</summary>
internal sealed record PullServiceOptions
{
    public required StoreOptions Store { get; init; }

    /// <summary>The way to the devices.</summary>
    public required NapterConnection Connection { get; init; }

    /// <summary>Where this process shows that it lives.</summary>
    public required HistoryOwnerOptions Owner { get; init; }

    /// <summary>What it is called.</summary>
    public required string Name { get; init; }

    /// <summary>Devices at a time.</summary>
    public int ThrottleLimit { get; init; } = 16;

    /// <summary>What schedules may do on this computer.</summary>
    public required PullAllowance Allowance { get; init; }

    /// <summary>The folder that a page about each run is written to; null for none.</summary>
    public string? ReportFolder { get; init; }

    /// <summary>The language of these pages: en or ja.</summary>
    public string Language { get; init; } = "en";

    /// <summary>Finds the FTP login that a schedule names.</summary>
    public Func<NapterPull, CancellationToken, ValueTask<FtpLogin>> FindLogin { get; init; } = (_, _) => ValueTask.FromResult(FtpLogin.Anonymous);

    /// <summary>Finds a schedule's router with its login; null for a schedule without.</summary>
    public Func<NapterPull, CancellationToken, ValueTask<NapterRouter?>> FindRouter { get; init; } = (pull, _) => ValueTask.FromResult(pull.Router);

    /// <summary>Runs a schedule's script for a file that is in place.</summary>
    public Func<string, NapterFtpTransfer, CancellationToken, ValueTask> RunScript { get; init; } = (_, _, _) => ValueTask.CompletedTask;

    /// <summary>Hears of what it does.</summary>
    public IPullObserver Observer { get; init; } = new PullObservers([]);

    /// <summary>What it shows to the programs that watch it; null for nothing.</summary>
    public PullMonitoringOptions? Monitoring { get; init; }

    /// <summary>When a device that failed is tried again.</summary>
    public PullRetry Retry { get; init; } = new();

    public PullPace Pace { get; init; } = new();
}
