using System.Globalization;
using NapterFtp.Entries;

namespace NapterFtp.Copy;

/// <summary>The data ports of one device within one command: each is opened once and used again whenever the device announces
/// it again, for SORACOM's API takes longer than most files.</summary>
internal sealed class DeviceDataPorts(EntryManager ports, DeviceTarget device, FtpClientOptions options, Activity activity, TimeProvider time) : IAsyncDisposable
{
    // Not all at once: other devices wait for SORACOM as well.
    private const int OpenedAheadAtATime = 8;

    private static readonly TimeSpan LeastLife = TimeSpan.FromMinutes(5);

    private readonly object _lock = new();
    private readonly Dictionary<int, Entry> _entries = [];
    private readonly Queue<Task<EntryLease>> _returns = new();
    private readonly CancellationTokenSource _closing = new();
    private bool _closed;

    /// <summary>Which ports the device announces.</summary>
    public PassiveRange Range { get; } = new();

    /// <inheritdoc cref="DeviceClient.PortLinger"/>
    public TimeSpan Linger { get; set; }

    /// <summary>The port, open; taken until <see cref="Return"/> or <see cref="Discard"/>.</summary>
    public async Task<EntryLease> TakeAsync(int devicePort, int session, CancellationToken cancellationToken)
    {
        Entry entry;
        var stale = new List<EntryLease>();
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (_entries.TryGetValue(devicePort, out var known) && known.IsGood(time.GetUtcNow() + LeastLife))
            {
                entry = known;
            }
            else
            {
                if (known?.Opened is { } old)
                {
                    stale.Add(old);
                }

                MakeRoom(stale);
                entry = Open(devicePort, session, cancellationToken);
            }

            entry.Users++;
            entry.LastUse = time.GetTimestamp();
        }

        stale.ForEach(lease => lease.Release());
        try
        {
            return await activity.ElsewhereAsync(entry.Lease.WaitAsync(cancellationToken));
        }
        catch
        {
            Forget(devicePort, entry);
            throw;
        }
    }

    /// <summary>A port of the router for the device to come to, used once: many devices come from one port of their own each time, which cannot
    /// connect to the same one again soon.</summary>
    /// <param name="session">The session's number.</param>
    /// <param name="moreFollow">Whether to have the next one opened meanwhile.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<EntryLease> TakeReturnAsync(int session, bool moreFollow, CancellationToken cancellationToken)
    {
        Task<EntryLease>? next;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            _returns.TryDequeue(out next);
        }

        EntryLease? lease = null;
        if (next is not null)
        {
            try
            {
                lease = await activity.ElsewhereAsync(next.WaitAsync(cancellationToken));
            }
            catch (NapterFtpException)
            {
                // Asked for anew, and told where that fails too.
            }
            catch (OperationCanceledException)
            {
                _ = ReleaseAsync(next);
                throw;
            }
        }

        lease = lease is { Closing.IsCompleted: false } ? lease : await activity.ElsewhereAsync(OpenReturnAsync(session, cancellationToken));
        lock (_lock)
        {
            if (moreFollow && !_closed)
            {
                _returns.Enqueue(OpenReturnAsync(session, _closing.Token));
            }
        }

        return lease;
    }

    /// <summary>Opens ports that will be wanted, in this order and a few at a time; returns at once. One that cannot be opened is
    /// tried again when it is wanted.</summary>
    public void OpenAhead(IReadOnlyList<int> devicePorts, int session)
    {
        var next = -1;
        for (var i = 0; i < OpenedAheadAtATime; i++)
        {
            _ = Task.Run(OpenAllAsync);
        }

        async Task OpenAllAsync()
        {
            while (Interlocked.Increment(ref next) is var index && index < devicePorts.Count && await OpenAheadAsync(devicePorts[index], session))
            {
                // The next.
            }
        }
    }

    /// <summary>Its connection has ended well; it stays open for the next one.</summary>
    public void Return(EntryLease lease)
    {
        if (lease.Return is not null)
        {
            lease.Release();
            return;
        }

        lease.Disconnected();
        lock (_lock)
        {
            if (_entries.TryGetValue(lease.DevicePort, out var entry) && entry.Opened == lease)
            {
                entry.Users--;
                entry.LastUse = time.GetTimestamp();
            }
        }
    }

    /// <summary>It does not work: it is closed and never handed out again.</summary>
    public void Discard(EntryLease lease, string reason)
    {
        lease.Fail(reason);
        lock (_lock)
        {
            if (_entries.TryGetValue(lease.DevicePort, out var entry) && entry.Opened == lease)
            {
                _entries.Remove(lease.DevicePort);
            }
        }
    }

    /// <summary>Closes all, or leaves them for <see cref="Linger"/>, without waiting for SORACOM.</summary>
    public ValueTask DisposeAsync()
    {
        Entry[] entries;
        Task<EntryLease>[] returns;
        lock (_lock)
        {
            _closed = true;
            entries = [.. _entries.Values];
            returns = [.. _returns];
            _entries.Clear();
            _returns.Clear();
        }

        _closing.Cancel();

        foreach (var entry in entries)
        {
            _ = ReleaseAsync(entry.Lease);
        }

        foreach (var lease in returns)
        {
            _ = ReleaseAsync(lease);
        }

        return ValueTask.CompletedTask;
    }

    private async Task ReleaseAsync(Task<EntryLease> opening)
    {
        try
        {
            var lease = await opening;
            lease.KeepFor(lease.Return is null ? Linger : TimeSpan.Zero);
            lease.Release();
        }
        catch (Exception)
        {
            // It was never opened, and whoever wanted it has been told.
        }
    }

    /// <returns>Whether it is worth going on with others.</returns>
    private async Task<bool> OpenAheadAsync(int devicePort, int session)
    {
        Entry entry;
        lock (_lock)
        {
            if (_closed || _entries.Count >= options.DataPortLimit)
            {
                return false;
            }

            if (_entries.ContainsKey(devicePort))
            {
                return true;
            }

            entry = Open(devicePort, session, _closing.Token);
            entry.Users++;
        }

        try
        {
            await entry.Lease;
            return true;
        }
        catch (Exception)
        {
            // Whoever wants it tries again, and is told.
            return false;
        }
        finally
        {
            Forget(devicePort, entry);
        }
    }

    /// <summary>Called under the lock.</summary>
    private Entry Open(int devicePort, int session, CancellationToken cancellationToken) =>
        _entries[devicePort] = new Entry(ports.OpenAsync(Request(devicePort, session), cancellationToken)) { LastUse = time.GetTimestamp() };

    private Task<EntryLease> OpenReturnAsync(int session, CancellationToken cancellationToken) =>
        ports.OpenAsync(Request(EntryRequest.ReturnDevicePort, session) with { IsReturn = true }, cancellationToken);

    private EntryRequest Request(int devicePort, int session) => new()
    {
        Device = device,
        DevicePort = devicePort,
        PortMap = options.PortMap,
        Kind = NapterPortKind.Data,
        Proxy = options.PortOwner,
        SessionId = session.ToString(CultureInfo.InvariantCulture),
        Duration = options.PortDuration,
        Patience = options.ConnectTimeout,
        TurnPatience = options.TurnPatience,
    };

    // A device that never announces a port twice would otherwise fill the account with open ports.
    private void MakeRoom(List<EntryLease> stale)
    {
        while (_entries.Count >= options.DataPortLimit)
        {
            var oldest = _entries.Where(entry => entry.Value.Users <= 0 && entry.Value.Opened is not null).MinBy(entry => entry.Value.LastUse);
            if (oldest.Value is null)
            {
                return;
            }

            _entries.Remove(oldest.Key);
            stale.Add(oldest.Value.Opened!);
        }
    }

    /// <summary>One user less; an entry that could not be opened goes, and so does one that its only user no longer waits for.</summary>
    private void Forget(int devicePort, Entry entry)
    {
        lock (_lock)
        {
            entry.Users--;
            if (entry.Lease.IsCompletedSuccessfully || (!entry.Lease.IsCompleted && entry.Users > 0)
                || !_entries.TryGetValue(devicePort, out var known) || known != entry)
            {
                return;
            }

            _entries.Remove(devicePort);
        }

        // SORACOM's answer may be there all the same.
        _ = ReleaseAsync(entry.Lease);
    }

    private sealed class Entry(Task<EntryLease> lease)
    {
        public Task<EntryLease> Lease { get; } = lease;

        #pragma warning disable VSTHRD002 // It has ended.
        public EntryLease? Opened => Lease.IsCompletedSuccessfully ? Lease.Result : null;
#pragma warning restore VSTHRD002

        public int Users { get; set; }

        public long LastUse { get; set; }

        public bool IsGood(DateTimeOffset until) =>
            !Lease.IsCompleted || (Opened is { } open && open.ExpiresAt >= until && !open.Closing.IsCompleted);
    }
}
