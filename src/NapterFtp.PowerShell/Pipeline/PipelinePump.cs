using System.Collections.Concurrent;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>Carries what a task wants done on the pipeline's thread there, in order, and tells that thread how the task ended.
/// A task that runs ahead of the pipeline by <see cref="Capacity"/> things waits for it.</summary>
internal sealed class PipelinePump : IDisposable
{
    private const int Capacity = 1_000;

    private readonly BlockingCollection<Action> _actions = new(Capacity);
    private readonly CancellationTokenSource _closed = new();
    private Exception? _failure;

    /// <summary>Starts the task. Call once.</summary>
    public void Start(Func<Task> work) => _ = Task.Run(async () =>
    {
        try
        {
            await work();
        }
        catch (Exception e)
        {
            _failure = e;
        }
        finally
        {
            _actions.CompleteAdding();
        }
    });

    /// <summary>Does what the task asks for until it has ended. Throws what that throws.</summary>
    /// <param name="limit">How long to wait for a task that is to stop.</param>
    /// <param name="stopping">Once cancelled, nothing more is done; the task gets <paramref name="limit"/> to end.</param>
    /// <returns>What the task threw, or null.</returns>
    public Exception? Run(TimeSpan limit, CancellationToken stopping)
    {
        try
        {
            foreach (var action in _actions.GetConsumingEnumerable(stopping))
            {
                action();
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            Discard(limit);
        }

        return _failure;
    }

    /// <summary>Throws away what the task asks for until it has ended, or the limit is reached.</summary>
    public void Discard(TimeSpan limit)
    {
        _closed.Cancel();
        using var given = new CancellationTokenSource(limit);
        try
        {
            foreach (var action in _actions.GetConsumingEnumerable(given.Token))
            {
                _ = action;
            }
        }
        catch (OperationCanceledException)
        {
            // It goes on by itself; its end is nobody's business any more.
        }
    }

    /// <summary>Asks for something to be done. False where the pipeline is gone.</summary>
    public bool Post(Action action)
    {
        try
        {
            _actions.Add(action, _closed.Token);
            return true;
        }
        catch (Exception e) when (e is OperationCanceledException or InvalidOperationException)
        {
            // Stopped, or said by something that the task started and left behind.
            return false;
        }
    }

    /// <summary>Has something done on the pipeline's thread and returns what it gave.</summary>
    public async Task<T> AskAsync<T>(Func<T> question, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            try
            {
                answer.SetResult(question());
            }
            catch (Exception e)
            {
                answer.SetException(e);
            }
        });
        return await answer.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Not before the task has ended or been given up; the collection stays for one that was given up.</summary>
    public void Dispose() => _closed.Cancel();
}
