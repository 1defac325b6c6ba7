using System.Net;

namespace NapterFtp.Routers;

/// <summary>A login at a router by whose SSH server devices come back to us. Dropbear before 2026.90 goes on listening on a port that it was given
/// back, until the login ends, and takes 21 of them at most: there a login has its turn for a few, and the next begins.</summary>
/// <param name="shell">The login, which this owns.</param>
/// <param name="portLimit">For how many ports it serves where they are kept: at most 20.</param>
internal sealed class ListeningLogin(IRouterShell shell, int portLimit) : IAsyncDisposable
{
    private readonly object _lock = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _taken;
    private int _open;
    private bool _disposed;

    /// <summary>Ends when ports that were given back can be had again.</summary>
    public Task PortsAreFree => shell.KeepsListening ? _ended.Task : Task.CompletedTask;

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded => _ended.Task.IsCompleted;

    private bool IsSpent => shell.KeepsListening && _taken >= portLimit;

    /// <summary>Takes a port's turn, for one call of <see cref="ListenAsync"/>; false where another login is needed.</summary>
    public bool TryTake()
    {
        lock (_lock)
        {
            if (_disposed || IsSpent)
            {
                return false;
            }

            _taken++;
            _open++;
            return true;
        }
    }

    /// <inheritdoc cref="IRouterShell.ListenAsync"/>
    public async Task<Listening> ListenAsync(int port, IPAddress device, CancellationToken cancellationToken)
    {
        try
        {
            return new Listening(await shell.ListenAsync(port, device, cancellationToken), this);
        }
        catch
        {
            await LeaveAsync();
            throw;
        }
    }

    /// <summary>Gives a port back; the last one of a login that has had its turn ends it.</summary>
    public async Task LeaveAsync()
    {
        bool isLast;
        lock (_lock)
        {
            isLast = --_open == 0 && IsSpent;
        }

        if (isLast)
        {
            await DisposeAsync();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
        }

        try
        {
            await shell.DisposeAsync();
        }
        finally
        {
            _ended.SetResult();
        }
    }
}

/// <summary>A port of the router's, and the login that listens on it.</summary>
internal sealed record Listening(ReturnListener Listener, ListeningLogin Login) : IAsyncDisposable
{
    /// <inheritdoc cref="ReturnListener.DisposeAsync"/>
    public async ValueTask DisposeAsync()
    {
        await Listener.DisposeAsync();
        await Login.LeaveAsync();
    }
}
