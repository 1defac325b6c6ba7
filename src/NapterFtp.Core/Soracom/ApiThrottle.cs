namespace NapterFtp.Soracom;

/// <summary>The one place that limits how often SORACOM's API is called: at most <paramref name="callsPerSecond"/> calls begin in any
/// second, in the order they were asked for, and after a 429 none of that group begins before SORACOM allows it.</summary>
/// <remarks>SORACOM's limits are per account, API group and minute, and their numbers are not published.</remarks>
internal sealed class ApiThrottle(int callsPerSecond, TimeProvider time)
{
    /// <summary>A burst of transfers stays well below what SORACOM has been seen to allow.</summary>
    public const int DefaultCallsPerSecond = 10;

    // A little more than a second, as calls that leave a second apart may arrive closer together.
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(1_100);

    private readonly object _gate = new();
    private readonly long[] _turns = new long[callsPerSecond];
    private readonly Dictionary<string, long> _pausedUntil = new(StringComparer.Ordinal);
    private long _count;

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
                await Task.Delay(pause, time, cancellationToken);
                continue;
            }

            await Task.Delay(TakeTurn(call, deadline), time, cancellationToken);
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
            var until = time.GetTimestamp() + Ticks(duration);
            _pausedUntil[group] = Math.Max(until, _pausedUntil.GetValueOrDefault(group, long.MinValue));
        }
    }

    private TimeSpan PauseOf(string group)
    {
        lock (_gate)
        {
            var left = _pausedUntil.TryGetValue(group, out var until) ? time.GetElapsedTime(time.GetTimestamp(), until) : TimeSpan.Zero;
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Takes the next free turn; returns the time until then.</summary>
    private TimeSpan TakeTurn(ApiCall call, Deadline deadline)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            var place = _count % callsPerSecond;
            var turn = _count < callsPerSecond ? now : Math.Max(now, _turns[place] + Ticks(Window));
            var wait = time.GetElapsedTime(now, turn);
            if (wait > deadline.Remaining)
            {
                throw ApiErrors.Throttled(call, wait);
            }

            _turns[place] = turn;
            _count++;
            return wait;
        }
    }

    private long Ticks(TimeSpan duration) => (long)(duration.TotalSeconds * time.TimestampFrequency);
}
