using Microsoft.Extensions.Time.Testing;

namespace NapterFtp.Core.Tests.Faults;

/// <summary>A clock several times as fast as the real one, so that the product's own limits pass in seconds, but never faster than
/// the machine: it moves on by a small step only after all work that was ready before has had its turn. All parties run in this
/// process, so however busy the machine is, what takes no time takes little of this clock's.</summary>
internal sealed class FastTime : FakeTimeProvider, IAsyncDisposable
{
    private const int Turns = 20;

    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(50);

    /// <summary>In real time.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public FastTime()
        : base(System.GetUtcNow()) => _running = RunAsync();

    // As real timers do; the base class would call back on the thread that moves the time.
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(_ => ThreadPool.QueueUserWorkItem(_ => callback(state)), null, dueTime, period);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            await Task.Delay(s_pause, CancellationToken.None);
            for (var turn = 0; turn < Turns; turn++)
            {
                await Task.Yield();
            }

            Advance(s_step);
        }
    }
}
