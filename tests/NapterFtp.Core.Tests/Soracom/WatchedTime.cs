using Microsoft.Extensions.Time.Testing;

namespace NapterFtp.Core.Tests.Soracom;

/// <summary>A clock that a test moves, and that tells the test when somebody begins to wait on it.</summary>
internal sealed class WatchedTime : FakeTimeProvider
{
    private readonly object _gate = new();
    private readonly List<TimeSpan> _waits = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public WatchedTime()
        : base(new DateTimeOffset(2026, 4, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        Note(dueTime);
        return new WatchedTimer(this, timer);
    }

    /// <summary>Waits until somebody waits for a time that fits, and takes that wait off the list.</summary>
    public async Task<TimeSpan> WaitBeginsAsync(Func<TimeSpan, bool> fits)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                var at = _waits.FindIndex(wait => fits(wait));
                if (at >= 0)
                {
                    var wait = _waits[at];
                    _waits.RemoveAt(at);
                    return wait;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits until somebody waits for a time that fits, then lets it pass.</summary>
    public async Task<TimeSpan> PassAsync(Func<TimeSpan, bool> fits)
    {
        var wait = await WaitBeginsAsync(fits);
        Advance(wait);
        return wait;
    }

    private void Note(TimeSpan wait)
    {
        if (wait <= TimeSpan.Zero)
        {
            return;
        }

        lock (_gate)
        {
            _waits.Add(wait);
            _changed.TrySetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private sealed class WatchedTimer(WatchedTime time, ITimer timer) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var changed = timer.Change(dueTime, period);
            time.Note(dueTime);
            return changed;
        }

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
