using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using NapterFtp.Diagnostics;
using NapterFtp.Transport;

namespace NapterFtp.Soracom;

/// <summary>The one place that limits how often SORACOM's API is called: no more than so many calls reach it in any second, and they
/// begin in the order they were asked for; after a 429 none of that group begins before SORACOM allows it.</summary>
/// <remarks>There are as many places as calls allowed. A call keeps its place until a second after its answer: it reached SORACOM
/// before that, so however long the calls are under way, no two with the same place arrive within one second.
/// SORACOM's limits are per account, API group and minute, and their numbers are not published.</remarks>
internal sealed class ApiThrottle
{
    /// <summary>Enough for four or five transfers a second, each of which opens and closes a port; a guess on the safe side.</summary>
    public const int DefaultCallsPerSecond = 10;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    /// <summary>SORACOM's limits are per minute; some of it has passed already.</summary>
    private static readonly TimeSpan UntoldPause = TimeSpan.FromSeconds(5);

    /// <summary>A call that has no answer for so long has arrived, or never will.</summary>
    private static readonly TimeSpan LongestWay = TimeSpan.FromSeconds(5);

    private readonly object _gate = new();
    private readonly SemaphoreSlim _first = new(1, 1);
    private readonly long[] _freeAt;
    private readonly bool[] _underWay;
    private readonly Dictionary<string, long> _pausedUntil = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _waiting;

    /// <param name="callsPerSecond">1 to 1000.</param>
    /// <param name="time">The clock of every wait.</param>
    public ApiThrottle(int callsPerSecond, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(callsPerSecond, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(callsPerSecond, 1000);
        _freeAt = new long[callsPerSecond];
        _underWay = new bool[callsPerSecond];
        _time = time;
        Array.Fill(_freeAt, time.GetTimestamp());
    }

    /// <summary>Waits for the call's turn.</summary>
    /// <returns>To be disposed when the call has its answer, or has failed.</returns>
    /// <exception cref="SoracomApiException"><c>SoracomRateLimited</c> where its turn does not come before the deadline; at once where
    /// that is clear.</exception>
    public async ValueTask<IDisposable> BeginAsync(ApiCall call, Deadline deadline, CancellationToken cancellationToken)
    {
        using var waiting = deadline.WaitForTurn();
        while (true)
        {
            var pause = PauseOf(call.Group);
            if (pause > deadline.TurnRemaining)
            {
                throw ApiErrors.Throttled(call, pause);
            }

            if (pause > TimeSpan.Zero)
            {
                await Task.Delay(pause, _time, cancellationToken);
                continue;
            }

            ThrowIfLate(call, deadline, SoonestAfter(Interlocked.Increment(ref _waiting) - 1));
            try
            {
                await BeFirstAsync(call, deadline, cancellationToken);
                try
                {
                    if (await TakePlaceAsync(call, deadline, cancellationToken) is { } place)
                    {
                        return place;
                    }
                }
                finally
                {
                    _first.Release();
                }
            }
            finally
            {
                Interlocked.Decrement(ref _waiting);
            }

            // Another call of the group was refused meanwhile.
        }
    }

    /// <summary>A call of a group was answered with 429: none of it begins for a while.</summary>
    /// <param name="group">The group.</param>
    /// <param name="retryAfter">How long SORACOM asks to wait; null where it does not say.</param>
    public void Refused(string group, TimeSpan? retryAfter)
    {
        lock (_gate)
        {
            var until = _time.GetTimestamp() + Ticks(retryAfter ?? UntoldPause);
            _pausedUntil[group] = Math.Max(until, _pausedUntil.GetValueOrDefault(group, long.MinValue));
        }
    }

    private async Task BeFirstAsync(ApiCall call, Deadline deadline, CancellationToken cancellationToken)
    {
#pragma warning disable VSTHRD103 // It does not wait.
        if (_first.Wait(TimeSpan.Zero, cancellationToken))
#pragma warning restore VSTHRD103
        {
            return;
        }

        using var limit = new TimeLimit(deadline.TurnRemaining, _time, cancellationToken);
        try
        {
            await _first.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw ApiErrors.Throttled(call, SoonestAfter(0));
        }
    }

    /// <summary>Waits for a place; null where the group is to pause.</summary>
    private async Task<IDisposable?> TakePlaceAsync(ApiCall call, Deadline deadline, CancellationToken cancellationToken)
    {
        while (true)
        {
            TimeSpan wait;
            Task answered;
            lock (_gate)
            {
                if (PauseOf(call.Group) > TimeSpan.Zero)
                {
                    return null;
                }

                var place = Array.IndexOf(_freeAt, _freeAt.Min());
                wait = Until(_freeAt[place]);
                if (wait <= TimeSpan.Zero)
                {
                    return new Place(this, place);
                }

                answered = _answered.Task;
            }

            ThrowIfLate(call, deadline, SoonestAfter(0));
            var patience = deadline.TurnRemaining;
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(answered, Task.Delay(wait < patience ? wait : patience, _time, stop.Token));
            await stop.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static void ThrowIfLate(ApiCall call, Deadline deadline, TimeSpan wait)
    {
        if (wait > deadline.TurnRemaining)
        {
            throw ApiErrors.Throttled(call, wait);
        }
    }

    /// <summary>How long the turn takes to come at best, so many others being first.</summary>
    private TimeSpan SoonestAfter(int others)
    {
        lock (_gate)
        {
            var answeredNow = _time.GetTimestamp() + Ticks(Window);
            var free = _freeAt.Select((at, place) => _underWay[place] ? Math.Min(at, answeredNow) : at).Order().ElementAt(others % _freeAt.Length);
            var wait = Until(free);
            return (wait > TimeSpan.Zero ? wait : TimeSpan.Zero) + (Window * (others / _freeAt.Length));
        }
    }

    private TimeSpan PauseOf(string group)
    {
        lock (_gate)
        {
            var left = _pausedUntil.TryGetValue(group, out var until) ? Until(until) : TimeSpan.Zero;
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    private TimeSpan Until(long timestamp) => _time.GetElapsedTime(_time.GetTimestamp(), timestamp);

    private long Ticks(TimeSpan duration) => (long)(duration.TotalSeconds * _time.TimestampFrequency);

    /// <summary>Held by a call from its beginning; made under the lock.</summary>
    private sealed class Place : IDisposable
    {
        private readonly ApiThrottle _throttle;
        private readonly int _place;
        private readonly long _longest;

        public Place(ApiThrottle throttle, int place)
        {
            _throttle = throttle;
            _place = place;
            _longest = throttle._time.GetTimestamp() + throttle.Ticks(LongestWay + Window);
            throttle._freeAt[place] = _longest;
            throttle._underWay[place] = true;
        }

        public void Dispose()
        {
            TaskCompletionSource answered;
            lock (_throttle._gate)
            {
                // Where it took too long, the place may be another's by now.
                if (_throttle._freeAt[_place] != _longest || !_throttle._underWay[_place])
                {
                    return;
                }

                _throttle._freeAt[_place] = Math.Min(_longest, _throttle._time.GetTimestamp() + _throttle.Ticks(Window));
                _throttle._underWay[_place] = false;
                answered = _throttle._answered;
                _throttle._answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            answered.TrySetResult();
        }
    }
}

/// <summary>Counts API calls: <c>napterftp.api.calls</c> and <c>napterftp.api.duration</c> (seconds), by <c>soracom.operation</c>
/// and <c>http.response.status_code</c> (0: no answer).</summary>
internal static class ApiMetrics
{
    private static readonly Counter<long> Calls =
        NapterFtpDiagnostics.Meter.CreateCounter<long>("napterftp.api.calls", "{call}", "Calls of SORACOM's API.");

    private static readonly Histogram<double> Duration =
        NapterFtpDiagnostics.Meter.CreateHistogram<double>("napterftp.api.duration", "s", "Time from sending a call of SORACOM's API to its answer.");

    public static void Record(ApiCall call, HttpStatusCode? status, TimeSpan duration)
    {
        var tags = new TagList
        {
            { "soracom.operation", call.Operation },
            { "http.response.status_code", (int)(status ?? 0) },
        };
        Calls.Add(1, tags);
        Duration.Record(duration.TotalSeconds, tags);
    }

    public static Activity? Start(ApiCall call, Uri endPoint)
    {
        var activity = NapterFtpDiagnostics.Activities.StartActivity($"SORACOM {call.Operation}", ActivityKind.Client);
        activity?.SetTag("soracom.operation", call.Operation)
            .SetTag("http.request.method", call.Method.Method)
            .SetTag("server.address", endPoint.Host);
        return activity;
    }
}
