using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace NapterFtp.Core.Tests.Entries;

/// <summary>Fake time that moves on as soon as the code under test waits for it, and not before.</summary>
internal sealed class WatchedTimeProvider : FakeTimeProvider
{
    private readonly Channel<(DateTimeOffset At, TimeSpan Due)> _timers = Channel.CreateUnbounded<(DateTimeOffset, TimeSpan)>();

    private TimeSpan _set;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _set;

    public override long GetTimestamp() => base.GetUtcNow().Ticks;

    /// <summary>Sets the clock, as a time server does once it is reached: no timer and no timestamp is the later for it.</summary>
    public void SetClock(TimeSpan by) => _set += by;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        // As real timers do; the base class would call back on whichever thread sets a timer or moves the time, locks and all.
        var timer = base.CreateTimer(_ => ThreadPool.QueueUserWorkItem(_ => callback(state)), null, dueTime, period);
        if (dueTime >= TimeSpan.Zero)
        {
            _timers.Writer.TryWrite((GetUtcNow() + dueTime, dueTime));
        }

        return timer;
    }

    /// <summary>Waits until a timer is set that is due between the two times, then moves on to it.</summary>
    public async Task AdvanceToTimerAsync(TimeSpan least, TimeSpan most) => MoveTo(await TimerAsync(least, most));

    /// <summary>Waits until a timer is set that is due between the two times.</summary>
    /// <returns>When it is due.</returns>
    public async Task<DateTimeOffset> TimerAsync(TimeSpan least, TimeSpan most)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var (at, due) = await _timers.Reader.ReadAsync(limit.Token);
            if (due >= least && due <= most)
            {
                return at;
            }
        }
    }

    /// <summary>Moves on to each timer that is due within the given time, as soon as it is set, until cancelled.</summary>
    public async Task RunAsync(TimeSpan most, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var (at, due) in _timers.Reader.ReadAllAsync(cancellationToken))
            {
                if (due <= most)
                {
                    // What can run now runs first, so that little seems to take long.
                    for (var turn = 0; turn < 100; turn++)
                    {
                        await Task.Yield();
                    }

                    MoveTo(at);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>Moves on in steps of a quarter of a second, each after what can run has had time to run, until the task has ended.</summary>
    public async Task StepUntilAsync(Task task)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!task.IsCompleted)
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.WhenAny(task, Task.Delay(TimeSpan.FromMilliseconds(10), limit.Token));
            for (var turn = 0; turn < 50 && !task.IsCompleted; turn++)
            {
                await Task.Yield();
            }

            if (!task.IsCompleted)
            {
                Advance(TimeSpan.FromMilliseconds(250));
            }
        }
    }

    private void MoveTo(DateTimeOffset at)
    {
        if (at > GetUtcNow())
        {
            Advance(at - GetUtcNow());
        }
    }
}
