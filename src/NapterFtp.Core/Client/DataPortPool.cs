using System.Globalization;
using NapterFtp.Ports;

namespace NapterFtp.Client;

/// <summary>The data ports of one device within one command: each is opened once and used again whenever the device announces
/// it again, for SORACOM's API takes longer than most files.</summary>
internal sealed class DataPortPool(PortManager ports, DeviceTarget device, FtpClientOptions options, Activity activity, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan LeastLife = TimeSpan.FromMinutes(5);

    private readonly object _lock = new();
    private readonly Dictionary<int, Entry> _entries = [];
    private bool _closed;

    /// <summary>The port, open; taken until <see cref="Return"/> or <see cref="Discard"/>.</summary>
    public async Task<PortLease> TakeAsync(int devicePort, int session, CancellationToken cancellationToken)
    {
        Entry entry;
        var stale = new List<PortLease>();
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
                entry = new Entry(activity.ElsewhereAsync(ports.OpenAsync(Request(devicePort, session), cancellationToken)));
                _entries[devicePort] = entry;
            }

            entry.Users++;
            entry.LastUse = time.GetTimestamp();
        }

        stale.ForEach(lease => lease.Release());
        try
        {
            return await entry.Lease.WaitAsync(cancellationToken);
        }
        catch
        {
            Forget(devicePort, entry);
            throw;
        }
    }

    /// <summary>Its connection has ended well; it stays open for the next one.</summary>
    public void Return(PortLease lease)
    {
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
    public void Discard(PortLease lease, string reason)
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

    /// <summary>Closes all, without waiting for SORACOM.</summary>
    public ValueTask DisposeAsync()
    {
        Entry[] entries;
        lock (_lock)
        {
            _closed = true;
            entries = [.. _entries.Values];
            _entries.Clear();
        }

        foreach (var entry in entries)
        {
            _ = ReleaseAsync(entry.Lease);
        }

        return ValueTask.CompletedTask;
    }

    private static async Task ReleaseAsync(Task<PortLease> opening)
    {
        try
        {
            (await opening).Release();
        }
        catch (Exception)
        {
            // It was never opened, and whoever wanted it has been told.
        }
    }

    private PortRequest Request(int devicePort, int session) => new()
    {
        Device = device,
        DevicePort = devicePort,
        Kind = NapterPortKind.Data,
        SessionId = session.ToString(CultureInfo.InvariantCulture),
        Duration = options.PortDuration,
        Patience = options.PortTimeout,
    };

    // A device that never announces a port twice would otherwise fill the account with open ports.
    private void MakeRoom(List<PortLease> stale)
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

    private void Forget(int devicePort, Entry entry)
    {
        lock (_lock)
        {
            entry.Users--;
            if (!entry.Lease.IsCompletedSuccessfully && _entries.TryGetValue(devicePort, out var known) && known == entry)
            {
                _entries.Remove(devicePort);
            }
        }
    }

    private sealed class Entry(Task<PortLease> lease)
    {
        public Task<PortLease> Lease { get; } = lease;

        #pragma warning disable VSTHRD002 // It has ended.
        public PortLease? Opened => Lease.IsCompletedSuccessfully ? Lease.Result : null;
#pragma warning restore VSTHRD002

        public int Users { get; set; }

        public long LastUse { get; set; }

        public bool IsGood(DateTimeOffset until) =>
            !Lease.IsCompleted || (Opened is { } open && open.ExpiresAt >= until && !open.Closing.IsCompleted);
    }
}
