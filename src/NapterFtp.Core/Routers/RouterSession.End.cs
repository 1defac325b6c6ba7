using Microsoft.Extensions.Logging;

namespace NapterFtp.Routers;

/// <summary>How the session ends.</summary>
internal sealed partial class RouterSession
{
    /// <summary>How long the end waits for a router; then it has to clean up by itself.</summary>
    private static readonly TimeSpan s_endLimit = TimeSpan.FromSeconds(10);

    private ITimer? _ending;

    /// <summary>Gives up what is still to be told once this time has passed: the process ends.</summary>
    public void EndWithin(TimeSpan limit)
    {
        lock (_lock)
        {
            if (!_closed)
            {
                _ending ??= time.CreateTimer(static session => ((RouterSession)session!).GiveUp(), this, limit, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>Waits for what is still to be told, but not longer than a router may take that answers.</summary>
    public async ValueTask DisposeAsync()
    {
        Task working;
        lock (_lock)
        {
            _closed = true;
            working = _working;
            StopTimers();
        }

        await WorkedAsync(working);
        _ending?.Dispose();
        await _stop.CancelAsync();
        await working;
        await StopListeningAsync();
        if (Interlocked.Exchange(ref _shell, null) is { } shell)
        {
            await shell.DisposeAsync();
        }

        _opening.Dispose();
        _openingListening.Dispose();
        _stop.Dispose();
    }

    private async Task WorkedAsync(Task working)
    {
        try
        {
            await working.WaitAsync(s_endLimit, time);
        }
        catch (TimeoutException)
        {
            logger.LogWarning(
                "Router {Router} does not answer within {Limit} s. It removes the rules itself within {Life}.", router, s_endLimit.TotalSeconds, router.RuleDuration);
        }
    }

    private void GiveUp()
    {
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The end came first.
        }
    }
}
