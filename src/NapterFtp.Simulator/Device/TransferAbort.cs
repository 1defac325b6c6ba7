namespace NapterFtp.Simulator.Device;

/// <summary>
/// Ends transfers from outside: ABOR ends the running one, and those before it that have not begun yet when the client has pipelined them.
/// </summary>
internal sealed class TransferAbort
{
    private readonly object _gate = new();
    private CancellationTokenSource? _running;
    private long _runningSequence;
    private long _abortedBefore;

    /// <summary>A token that is cancelled when the transfer is to end; <see cref="End"/> must follow.</summary>
    public CancellationToken Begin(DeviceCommand command, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _running = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            _runningSequence = command.Sequence;
            if (command.Sequence < _abortedBefore)
            {
                _running.Cancel();
            }

            return _running.Token;
        }
    }

    /// <summary>The transfer has ended.</summary>
    public void End()
    {
        lock (_gate)
        {
            _running?.Dispose();
            _running = null;
        }
    }

    /// <summary>Ends all transfers asked for before a command.</summary>
    public void AbortBefore(long sequence)
    {
        lock (_gate)
        {
            _abortedBefore = sequence;
            if (_runningSequence < sequence)
            {
                // On another thread, since what waits for the token must not go on inside the lock.
                _ = _running?.CancelAsync();
            }
        }
    }
}
