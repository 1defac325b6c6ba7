namespace NapterFtp.Ports;

/// <summary>A port that many connections share, such as the control port of a proxy: opened when first wanted, kept while in
/// use, closed when unused for a while, renewed before it ends. SORACOM has no call that prolongs an entry, so renewing means
/// that new connections get a fresh entry while those of the old one stay on it.</summary>
internal sealed class SharedPort(PortManager ports, PortRequest request, SharedPortOptions options, TimeProvider time) : IAsyncDisposable
{
    private readonly object _lock = new();

    // Lingering is this class's own business.
    private readonly PortRequest _request = request with { Linger = TimeSpan.Zero };
    private readonly HashSet<SharedPortEntry> _retired = [];
    private SharedPortEntry? _current;
    private Task<SharedPortEntry>? _opening;
    private ITimer? _idle;
    private bool _disposed;

    /// <summary>A share of the port, which is opened first where it isn't open. Several callers wait for one opening.</summary>
    /// <exception cref="NapterFtpException">As of <see cref="PortManager.OpenAsync"/>.</exception>
    public async Task<SharedPortUse> AcquireAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Task<SharedPortEntry> opening;
        lock (_lock)
        {
            if (_disposed)
            {
                throw PortErrors.Closed(_request);
            }

            if (_current is { } current && IsUsable(current) && current.Lease.ExpiresAt - time.GetUtcNow() > RenewAhead)
            {
                return Use(current, reused: true);
            }

            opening = _opening ??= OpenAsync();
        }

        try
        {
            var entry = await opening.WaitAsync(cancellationToken);
            lock (_lock)
            {
                return !_disposed && IsUsable(entry) ? Use(entry, reused: false) : throw PortErrors.Closed(_request);
            }
        }
        catch (NapterFtpException)
        {
            lock (_lock)
            {
                // Renewing failed, but the old entry still has some life.
                if (!_disposed && _current is { } old && IsUsable(old))
                {
                    return Use(old, reused: true);
                }
            }

            throw;
        }
    }

    /// <summary>Releases every entry, in the background, whoever uses it.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _disposed = true;
            StopIdle();
            _current?.Lease.Release();
            _current = null;
            foreach (var entry in _retired)
            {
                End(entry);
            }

            _retired.Clear();
        }

        return ValueTask.CompletedTask;
    }

    internal void Release(SharedPortUse use, string? failure)
    {
        var entry = use.Entry;
        if (use.IsConnected)
        {
            // Not under the lock: this makes an event, and whoever hears it may call back.
            entry.Lease.Disconnected();
        }

        lock (_lock)
        {
            entry.Uses--;
            entry.Failure ??= failure;
            if (entry == _current && entry.Failure is not null)
            {
                Retire();
            }
            else if (entry.Uses > 0)
            {
                return;
            }
            else if (entry == _current)
            {
                StartIdle();
            }
            else if (_retired.Remove(entry))
            {
                End(entry);
            }
        }
    }

    private static void End(SharedPortEntry entry)
    {
        if (entry.Failure is { } failure)
        {
            entry.Lease.Fail(failure);
        }
        else
        {
            entry.Lease.Release();
        }
    }

    private TimeSpan RenewAhead => options.RenewAhead < _request.Duration / 4 ? options.RenewAhead : _request.Duration / 4;

    private bool IsUsable(SharedPortEntry entry) =>
        entry.Failure is null && !entry.Lease.Closing.IsCompleted && entry.Lease.ExpiresAt > time.GetUtcNow();

    private SharedPortUse Use(SharedPortEntry entry, bool reused)
    {
        StopIdle();
        entry.Uses++;
        return new SharedPortUse(this, entry, reused);
    }

    /// <summary>Opens once for all who wait; not cancelled by any one of them.</summary>
    private async Task<SharedPortEntry> OpenAsync()
    {
        // Off the lock that the caller holds.
        await Task.Yield();
        try
        {
            var entry = new SharedPortEntry(await ports.OpenAsync(_request, CancellationToken.None));
            lock (_lock)
            {
                Retire();
                if (_disposed)
                {
                    End(entry);
                }
                else
                {
                    _current = entry;

                    // For the case that all who waited have gone.
                    StartIdle();
                }

                return entry;
            }
        }
        finally
        {
            lock (_lock)
            {
                _opening = null;
            }
        }
    }

    /// <summary>The current entry takes no more connections; it ends with the last one it has.</summary>
    private void Retire()
    {
        if (_current is not { } old)
        {
            return;
        }

        _current = null;
        StopIdle();
        if (old.Uses > 0)
        {
            _retired.Add(old);
        }
        else
        {
            End(old);
        }
    }

    private void StartIdle()
    {
        StopIdle();
        _idle = time.CreateTimer(static port => ((SharedPort)port!).IdleEnded(), this, options.IdleTime, Timeout.InfiniteTimeSpan);
    }

    private void StopIdle()
    {
        _idle?.Dispose();
        _idle = null;
    }

    private void IdleEnded()
    {
        lock (_lock)
        {
            // A new use may have come between the timer's firing and this call.
            if (_idle is not null && _current is { Uses: 0 })
            {
                Retire();
            }
        }
    }
}
