using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace NapterFtp.Core.Tests.Ports;

/// <summary>Fake time that moves on as soon as the code under test waits for it, and not before.</summary>
internal sealed class WatchedTimeProvider : FakeTimeProvider
{
    private readonly Channel<TimeSpan> _timers = Channel.CreateUnbounded<TimeSpan>();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _timers.Writer.TryWrite(dueTime);
        return timer;
    }

    /// <summary>Waits until a timer is set that is due between the two times, then moves on to it.</summary>
    public async Task<TimeSpan> AdvanceToTimerAsync(TimeSpan least, TimeSpan most)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var due = await _timers.Reader.ReadAsync(limit.Token);
            if (due >= least && due <= most)
            {
                Advance(due);
                return due;
            }
        }
    }
}
