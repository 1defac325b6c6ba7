namespace NapterFtp.Relay;

/// <summary>Tells when a session is to end by itself: idle too long, never greeted by its device, or asked to stop.</summary>
/// <param name="options">The limits.</param>
/// <param name="time">The clock.</param>
internal sealed class SessionWatch(FtpProxyOptions options, TimeProvider time)
{
    private readonly TaskCompletionSource _stopRequested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _noTransfer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _lastActivity = time.GetTimestamp();
    private int _transfers;
    private volatile bool _greeted;

    /// <summary>Lets the session end: at once, or after the transfers that run.</summary>
    public void RequestStop() => _stopRequested.TrySetResult();

    /// <summary>A command or a reply has come.</summary>
    public void Touch() => Volatile.Write(ref _lastActivity, time.GetTimestamp());

    /// <summary>The device has greeted.</summary>
    public void Greeted() => _greeted = true;

    /// <summary>A transfer runs; the session is neither idle nor stopped meanwhile.</summary>
    public void TransferBegun() => Interlocked.Increment(ref _transfers);

    /// <summary>A transfer has ended.</summary>
    public void TransferEnded()
    {
        Touch();
        if (Interlocked.Decrement(ref _transfers) == 0 && _stopRequested.Task.IsCompleted)
        {
            _noTransfer.TrySetResult();
        }
    }

    /// <summary>Waits until the session is to end.</summary>
    /// <returns>Why, for the client.</returns>
    public async Task<string> WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var limit = _greeted || options.IdleTimeout < options.GreetingTimeout ? options.IdleTimeout : options.GreetingTimeout;
            var rest = limit - time.GetElapsedTime(Volatile.Read(ref _lastActivity));
            var busy = Volatile.Read(ref _transfers) > 0;
            if (rest <= TimeSpan.Zero && !busy)
            {
                return _greeted
                    ? $"Idle for {limit.TotalSeconds:0} s; the relay closes the session."
                    : $"The device sent no greeting within {limit.TotalSeconds:0} s: is an FTP server listening on its port?";
            }

            if (await IsStopRequestedAsync(busy ? limit : rest, cancellationToken))
            {
                if (Volatile.Read(ref _transfers) > 0)
                {
                    await _noTransfer.Task.WaitAsync(cancellationToken);
                }

                return "The relay is stopping.";
            }
        }
    }

    private async Task<bool> IsStopRequestedAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        await Task.WhenAny(_stopRequested.Task, Task.Delay(wait, time, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        return _stopRequested.Task.IsCompleted;
    }
}
