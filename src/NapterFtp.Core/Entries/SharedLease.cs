using System.Net;
using NapterFtp.Transport;

namespace NapterFtp.Entries;

/// <summary>A port that many connections share, such as the control port of a proxy: opened when first wanted, kept while in
/// use, closed when unused for a while, renewed before it ends. SORACOM has no call that prolongs an entry, so renewing means
/// that new connections get a fresh entry while those of the old one stay on it.</summary>
internal sealed class SharedLease(EntryManager ports, EntryRequest request, SharedLeaseOptions options, TimeProvider time) : IAsyncDisposable
{
    private readonly object _lock = new();

    // Lingering is this class's own business.
    private readonly EntryRequest _request = request with { Linger = TimeSpan.Zero };
    private readonly HashSet<SharedLeaseTerm> _retired = [];
    private SharedLeaseTerm? _current;
    private Task<SharedLeaseTerm>? _opening;
    private ITimer? _idle;
    private bool _disposed;

    /// <summary>A share of the port, which is opened first where it isn't open. Several callers wait for one opening.</summary>
    /// <exception cref="NapterFtpException">As of <see cref="EntryManager.OpenAsync"/>.</exception>
    public async Task<SharedLeaseUse> AcquireAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Task<SharedLeaseTerm> opening;
        lock (_lock)
        {
            if (_disposed)
            {
                throw EntryErrors.Closed(_request);
            }

            if (_current is { } current && IsUsable(current) && current.Lease.ExpiresAt - time.GetUtcNow() > RenewAhead)
            {
                return Use(current, mayHaveGone: true);
            }

            opening = _opening ??= OpenAsync();
        }

        try
        {
            var entry = await opening.WaitAsync(cancellationToken);
            lock (_lock)
            {
                return !_disposed && IsUsable(entry) ? Use(entry, mayHaveGone: false) : throw EntryErrors.Closed(_request);
            }
        }
        catch (NapterFtpException)
        {
            lock (_lock)
            {
                // Renewing failed, but the old entry still has some life.
                if (!_disposed && _current is { } old && IsUsable(old))
                {
                    return Use(old, mayHaveGone: true);
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

    internal void Release(SharedLeaseUse use, string? failure)
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

    private static void End(SharedLeaseTerm entry)
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

    private bool IsUsable(SharedLeaseTerm entry) =>
        entry.Failure is null && !entry.Lease.Closing.IsCompleted && entry.Lease.ExpiresAt > time.GetUtcNow();

    private SharedLeaseUse Use(SharedLeaseTerm entry, bool mayHaveGone)
    {
        StopIdle();
        entry.Uses++;
        return new SharedLeaseUse(this, entry, mayHaveGone);
    }

    /// <summary>Opens once for all who wait; not cancelled by any one of them.</summary>
    private async Task<SharedLeaseTerm> OpenAsync()
    {
        // Off the lock that the caller holds.
        await Task.Yield();
        try
        {
            var entry = new SharedLeaseTerm(await ports.OpenAsync(_request, CancellationToken.None));
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
        _idle = time.CreateTimer(static port => ((SharedLease)port!).IdleEnded(), this, options.IdleTime, Timeout.InfiniteTimeSpan);
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

/// <summary>How long a <see cref="SharedLease"/> keeps its entry.</summary>
internal sealed record SharedLeaseOptions
{
    /// <summary>How long the entry is kept after its last use.</summary>
    public TimeSpan IdleTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>New connections get a fresh entry once the old one has less life left than this, or than a quarter of its life.</summary>
    public TimeSpan RenewAhead { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>One connection's share of a <see cref="SharedLease"/>. Not for several threads at once.</summary>
internal sealed class SharedLeaseUse : IEntryUse, IAsyncDisposable
{
    private readonly SharedLease _owner;
    private bool _released;

    internal SharedLeaseUse(SharedLease owner, SharedLeaseTerm entry, bool mayHaveGone)
    {
        _owner = owner;
        MayHaveGone = mayHaveGone;
        Entry = entry;
    }

    /// <inheritdoc/>
    public string PortId => Entry.Lease.PortId;

    /// <inheritdoc/>
    public GatewayEndPoint Gateway => Entry.Lease.Gateway;

    /// <inheritdoc/>
    public bool MayHaveGone { get; }

    public DateTimeOffset ExpiresAt => Entry.Lease.ExpiresAt;

    /// <inheritdoc/>
    public ByteCounters Counters => Entry.Lease.Counters;

    /// <summary>Completes when the port is being closed from elsewhere; the connection should end then.</summary>
    public Task Closing => Entry.Lease.Closing;

    internal SharedLeaseTerm Entry { get; }

    internal bool IsConnected { get; private set; }

    /// <summary>The connection is made.</summary>
    public void Connected(IPEndPoint? local, IPEndPoint? client)
    {
        IsConnected = true;
        Entry.Lease.Connected(local, client);
    }

    /// <summary>No connection can be made through this entry: the next one gets a fresh one, and this one ends as Failed when its
    /// other connections have gone.</summary>
    public void Fail(string reason) => Release(reason);

    /// <summary>The connection has ended. Never waits; idempotent.</summary>
    public void Release() => Release(null);

    /// <summary>As <see cref="Release()"/>.</summary>
    public ValueTask DisposeAsync()
    {
        Release();
        return ValueTask.CompletedTask;
    }

    private void Release(string? failure)
    {
        if (!_released)
        {
            _released = true;
            _owner.Release(this, failure);
        }
    }
}

/// <summary>One of a <see cref="SharedLease"/>'s entries, guarded by its lock.</summary>
internal sealed class SharedLeaseTerm(EntryLease lease)
{
    public EntryLease Lease { get; } = lease;

    public int Uses { get; set; }

    /// <summary>Why it takes no more connections, where it failed.</summary>
    public string? Failure { get; set; }
}
