namespace NapterFtp.Soracom;

/// <summary>The one place that limits how often SORACOM's API is called: no more than so many calls begin in any second, in the order
/// they were asked for, and after a 429 none of that group begins before SORACOM allows it.</summary>
/// <remarks>SORACOM's limits are per account, API group and minute, and their numbers are not published.</remarks>
internal sealed class ApiThrottle
{
    /// <summary>Enough for five transfers a second, each of which opens and closes a port; a guess on the safe side.</summary>
    public const int DefaultCallsPerSecond = 10;

    // A little more than a second, as calls that leave a second apart may arrive closer together.
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(1_100);

    private readonly object _gate = new();
    private readonly long[] _turns;
    private readonly Dictionary<string, long> _pausedUntil = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private long _count;

    /// <param name="callsPerSecond">1 to 1000.</param>
    /// <param name="time">The clock of every wait.</param>
    public ApiThrottle(int callsPerSecond, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(callsPerSecond, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(callsPerSecond, 1000);
        _turns = new long[callsPerSecond];
        _time = time;
    }

    /// <summary>Waits for the call's turn.</summary>
    /// <exception cref="SoracomApiException"><c>SoracomRateLimited</c>, at once, where its turn would come after the deadline.</exception>
    public async ValueTask WaitAsync(ApiCall call, Deadline deadline, CancellationToken cancellationToken)
    {
        while (true)
        {
            var pause = PauseOf(call.Group);
            if (pause > deadline.Remaining)
            {
                throw ApiErrors.Throttled(call, pause);
            }

            if (pause > TimeSpan.Zero)
            {
                await Task.Delay(pause, _time, cancellationToken);
                continue;
            }

            await Task.Delay(TakeTurn(call, deadline), _time, cancellationToken);
            if (PauseOf(call.Group) == TimeSpan.Zero)
            {
                return;
            }

            // Another call was refused meanwhile: this turn is void, take another one after the pause.
        }
    }

    /// <summary>Lets no call of a group begin for a while.</summary>
    public void Pause(string group, TimeSpan duration)
    {
        lock (_gate)
        {
            var until = _time.GetTimestamp() + Ticks(duration);
            _pausedUntil[group] = Math.Max(until, _pausedUntil.GetValueOrDefault(group, long.MinValue));
        }
    }

    private TimeSpan PauseOf(string group)
    {
        lock (_gate)
        {
            var left = _pausedUntil.TryGetValue(group, out var until) ? _time.GetElapsedTime(_time.GetTimestamp(), until) : TimeSpan.Zero;
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Takes the next free turn; returns the time until then.</summary>
    private TimeSpan TakeTurn(ApiCall call, Deadline deadline)
    {
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            var place = _count % _turns.Length;
            var turn = _count < _turns.Length ? now : Math.Max(now, _turns[place] + Ticks(Window));
            var wait = _time.GetElapsedTime(now, turn);
            if (wait > deadline.Remaining)
            {
                throw ApiErrors.Throttled(call, wait);
            }

            _turns[place] = turn;
            _count++;
            return wait;
        }
    }

    private long Ticks(TimeSpan duration) => (long)(duration.TotalSeconds * _time.TimestampFrequency);
}
