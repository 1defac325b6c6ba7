using NapterFtp.Transport;

namespace NapterFtp.Relay;

/// <summary>Tells when a session is to end by itself: idle too long, never greeted by its device, or asked to stop.</summary>
/// <param name="options">The limits.</param>
/// <param name="time">The clock.</param>
internal sealed class SessionWatch(FtpProxyOptions options, TimeProvider time)
{
    private readonly TaskCompletionSource _stopRequested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly object _lock = new();
    private TaskCompletionSource _transfersEnded = Ended();
    private long _lastActivity = time.GetTimestamp();
    private int _transfers;
    private volatile bool _greeted;

    /// <summary>Lets the session end: at once, or after the transfers that run.</summary>
    public void RequestStop() => _stopRequested.TrySetResult();

    /// <summary>A command or a reply has come.</summary>
    public void Touch() => Volatile.Write(ref _lastActivity, time.GetTimestamp());

    /// <summary>The device has greeted, or none is to yet.</summary>
    public void Greeted() => _greeted = true;

    /// <summary>The device is to greet from now on.</summary>
    public void AwaitGreeting()
    {
        Touch();
        _greeted = false;
    }

    /// <summary>A transfer runs; the session is neither idle nor stopped meanwhile.</summary>
    public void TransferBegun()
    {
        lock (_lock)
        {
            if (++_transfers == 1)
            {
                _transfersEnded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    /// <summary>A transfer has ended.</summary>
    public void TransferEnded()
    {
        Touch();
        lock (_lock)
        {
            if (--_transfers == 0)
            {
                _transfersEnded.TrySetResult();
            }
        }
    }

    /// <summary>Ends when no transfer runs.</summary>
    public Task TransfersEnded
    {
        get
        {
            lock (_lock)
            {
                return _transfersEnded.Task;
            }
        }
    }

    /// <summary>Waits until the session is to end.</summary>
    /// <returns>Why.</returns>
    public async Task<SessionEnd> WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var limit = _greeted || options.IdleTimeout < options.GreetingTimeout ? options.IdleTimeout : options.GreetingTimeout;
            var rest = limit - time.GetElapsedTime(Volatile.Read(ref _lastActivity));
            var busy = !TransfersEnded.IsCompleted;
            if (rest <= TimeSpan.Zero && !busy)
            {
                return _greeted
                    ? new SessionEnd($"Idle for {limit.TotalSeconds:0} s; the relay closes the session.")
                    : SessionEnd.By(
                        FailingSide.Device,
                        $"The device sent no greeting within {limit.TotalSeconds:0} s: is an FTP server listening on its port?",
                        NapterFtpErrorKind.Timeout);
            }

            if (await IsStopRequestedAsync(busy ? limit : rest, cancellationToken))
            {
                await TransfersEnded.WaitAsync(cancellationToken);
                return SessionEnd.Stopping;
            }
        }
    }

    private static TaskCompletionSource Ended()
    {
        var ended = new TaskCompletionSource();
        ended.SetResult();
        return ended;
    }

    private async Task<bool> IsStopRequestedAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        await Task.WhenAny(_stopRequested.Task, Task.Delay(wait, time, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        return _stopRequested.Task.IsCompleted;
    }
}
