using System.Collections.Concurrent;

namespace NapterFtp.Relay;

/// <summary>What a session's exchanges must wait for, run beside the dialogue. Its failure is the session's.</summary>
/// <param name="onFailure">Ends the session; work that the session's end cancels has not failed.</param>
internal sealed class DeferredWork(Func<Exception, Task> onFailure)
{
    private readonly ConcurrentDictionary<Task, byte> _running = new();

    /// <summary>What runs now; never faults.</summary>
    public IEnumerable<Task> Running => _running.Keys;

    /// <summary>Starts some work, off the caller's stack.</summary>
    public void Run(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        var task = GuardAsync(work, cancellationToken);
        _running.TryAdd(task, 0);
        _ = task.ContinueWith(
            (ended, set) => ((ConcurrentDictionary<Task, byte>)set!).TryRemove(ended, out _),
            _running,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    private async Task GuardAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        await Task.Yield();
        try
        {
            await work(cancellationToken);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The session ended first.
        }
        catch (Exception e)
        {
            await onFailure(e);
        }
    }
}
