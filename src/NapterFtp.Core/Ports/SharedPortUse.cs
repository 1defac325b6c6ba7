using System.Net;
using NapterFtp.Transport;

namespace NapterFtp.Ports;

/// <summary>One connection's share of a <see cref="SharedPort"/>. Not for several threads at once.</summary>
internal sealed class SharedPortUse : IAsyncDisposable
{
    private readonly SharedPort _owner;
    private bool _released;

    internal SharedPortUse(SharedPort owner, SharedPortEntry entry, bool reused)
    {
        _owner = owner;
        Reused = reused;
        Entry = entry;
    }

    /// <summary>Names the port in events and snapshots.</summary>
    public string PortId => Entry.Lease.PortId;

    public GatewayEndPoint Gateway => Entry.Lease.Gateway;

    /// <summary>Whether the entry was open before this use, so that it may have gone meanwhile without our knowing.</summary>
    public bool Reused { get; }

    public DateTimeOffset ExpiresAt => Entry.Lease.ExpiresAt;

    /// <summary>What has gone through the port, all connections together.</summary>
    public PortCounters Counters => Entry.Lease.Counters;

    /// <summary>Completes when the port is being closed from elsewhere; the connection should end then.</summary>
    public Task Closing => Entry.Lease.Closing;

    internal SharedPortEntry Entry { get; }

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
