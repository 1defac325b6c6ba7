using NapterFtp.Transport;

namespace NapterFtp.Soracom;

/// <summary>Gives API calls their turn, at the pace that SORACOM allows or the user chose. While closing calls wait, at least every
/// second turn is theirs, so that nothing stays open for want of calls; of the others, those of a device that has begun go before
/// those that begin with a device, which would else wait between its ports. Thread-safe.</summary>
internal sealed class ApiThrottle : IDisposable
{
    private readonly object _gate = new();
    private readonly IApiPace _pace;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly Dictionary<string, Lane> _lanes = new(StringComparer.Ordinal);
    private readonly ITimer _timer;
    private bool _hurries;

    public ApiThrottle(IApiPace pace, TimeProvider time)
    {
        _pace = pace;
        _time = time;
        _start = time.GetTimestamp();
        _timer = time.CreateTimer(static throttle => ((ApiThrottle)throttle!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Waits for the call's turn.</summary>
    /// <returns>To be disposed when the call has its answer, or has failed.</returns>
    /// <exception cref="SoracomApiException"><c>SoracomRateLimited</c> where its turn does not come in time; at once where that is clear.</exception>
    public async ValueTask<ApiTurn> BeginAsync(ApiCall call, Deadline deadline, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var waiting = deadline.WaitForTurn();
        Waiter waiter;
        lock (_gate)
        {
            var lane = LaneOf(call);
            if (lane.Waiting == 0 && _pace.Wait(call, Now) == TimeSpan.Zero)
            {
                return Grant(call);
            }

            var soonest = _pace.Soonest(call, lane.Waiting, Now);
            if (soonest > deadline.TurnRemaining)
            {
                throw ApiErrors.Throttled(call, soonest, _pace.Describe(call));
            }

            waiter = new Waiter(call, lane);
            lane.Add(waiter);
            Pump();
        }

        using var limit = new TimeLimit(deadline.TurnRemaining, _time, cancellationToken);
        await using var giveUp = limit.Token.UnsafeRegister(static (given, token) =>
        {
            var (throttle, waiter) = ((ApiThrottle, Waiter))given!;
            lock (throttle._gate)
            {
                if (waiter.Turn.TrySetCanceled(token))
                {
                    waiter.Lane.Waiting--;
                }
            }
        }, (this, waiter));
        try
        {
            return await waiter.Turn.Task;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            lock (_gate)
            {
                throw ApiErrors.Throttled(call, _pace.Soonest(call, 0, Now), _pace.Describe(call));
            }
        }
    }

    /// <inheritdoc cref="IApiPace.CallsPerMinute"/>
    public double? CallsPerMinute(string group)
    {
        lock (_gate)
        {
            return _pace.CallsPerMinute(group);
        }
    }

    /// <summary>From now on calls go at full speed, closing calls first, as the process ends.</summary>
    public void Hurry()
    {
        lock (_gate)
        {
            _hurries = true;
            _pace.Hurry();
            Pump();
        }
    }

    public void Dispose() => _timer.Dispose();

    internal void End(ApiCall call, object? place, ApiOutcome outcome)
    {
        lock (_gate)
        {
            _pace.End(call, place, outcome, Now);
            Pump();
        }
    }

    private TimeSpan Now => _time.GetElapsedTime(_start);

    private void Tick()
    {
        lock (_gate)
        {
            Pump();
        }
    }

    private Lane LaneOf(ApiCall call)
    {
        var name = _pace.LaneOf(call);
        if (!_lanes.TryGetValue(name, out var lane))
        {
            _lanes.Add(name, lane = new Lane());
        }

        return lane;
    }

    private ApiTurn Grant(ApiCall call) => new(this, call, _pace.Begin(call, Now));

    /// <summary>Gives every turn that may be given now, and sees to the next. Called under the lock.</summary>
    private void Pump()
    {
        TimeSpan? next;
        bool any;
        do
        {
            next = null;
            any = false;
            foreach (var lane in _lanes.Values)
            {
                if (lane.Take(_pace, closesFirst: _hurries, Now, ref next) is { } waiter)
                {
                    waiter.Turn.TrySetResult(Grant(waiter.Call));
                    any = true;
                }
            }
        }
        while (any);

        _timer.Change(next ?? Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private sealed class Waiter(ApiCall call, Lane lane)
    {
        public ApiCall Call => call;

        public Lane Lane => lane;

        public TaskCompletionSource<ApiTurn> Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>The calls that wait for one another.</summary>
    private sealed class Lane
    {
        private readonly Queue<Waiter>[] _queues = [new(), new(), new()];
        private bool _lastCloses;

        /// <summary>How many wait; those that gave up stay in their queue for a while, but do not count.</summary>
        public int Waiting { get; set; }

        public void Add(Waiter waiter)
        {
            _queues[(int)waiter.Call.Order].Enqueue(waiter);
            Waiting++;
        }

        /// <summary>Takes the next whose turn it is; else tells when one's turn may come.</summary>
        public Waiter? Take(IApiPace pace, bool closesFirst, TimeSpan now, ref TimeSpan? next)
        {
            ReadOnlySpan<ApiOrder> order = _lastCloses && !closesFirst
                ? [ApiOrder.Goes, ApiOrder.Begins, ApiOrder.Closes]
                : [ApiOrder.Closes, ApiOrder.Goes, ApiOrder.Begins];
            foreach (var kind in order)
            {
                var queue = _queues[(int)kind];
                while (queue.TryPeek(out var given) && given.Turn.Task.IsCompleted)
                {
                    queue.Dequeue();
                }

                if (!queue.TryPeek(out var first))
                {
                    continue;
                }

                var wait = pace.Wait(first.Call, now);
                if (wait == TimeSpan.Zero)
                {
                    _lastCloses = kind == ApiOrder.Closes;
                    Waiting--;
                    return queue.Dequeue();
                }

                next = wait is null || next < wait ? next : wait;
            }

            return null;
        }
    }
}

/// <summary>Held by a call from its beginning to its answer.</summary>
internal sealed class ApiTurn : IDisposable
{
    private readonly ApiThrottle _throttle;
    private readonly ApiCall _call;
    private readonly object? _place;
    private int _ended;

    internal ApiTurn(ApiThrottle throttle, ApiCall call, object? place)
    {
        _throttle = throttle;
        _call = call;
        _place = place;
    }

    /// <summary>What the answer says about the pace.</summary>
    public ApiOutcome Outcome { get; set; }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            _throttle.End(_call, _place, Outcome);
        }
    }
}
