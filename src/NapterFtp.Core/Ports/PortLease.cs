using System.Net;
using NapterFtp.Transport;

namespace NapterFtp.Ports;

/// <summary>The right to use one open Napter port, until it is released. After that, or once the port has been closed from
/// elsewhere, every method does nothing.</summary>
internal sealed class PortLease : IAsyncDisposable
{
    private readonly Port _port;

    internal PortLease(Port port, bool reused)
    {
        _port = port;
        Reused = reused;
    }

    /// <summary>Names the port in events and snapshots.</summary>
    public string PortId => _port.Id;

    public GatewayEndPoint Gateway => _port.Gateway!;

    public int DevicePort => _port.Request.DevicePort;

    /// <summary>When SORACOM ends the entry by itself.</summary>
    public DateTimeOffset ExpiresAt => _port.ExpiresAt;

    /// <summary>Whether an earlier holder's port was handed out again, without asking SORACOM.</summary>
    public bool Reused { get; }

    /// <summary>What has gone through the port, earlier holders' bytes included. Stop counting before the release: the final
    /// event carries what is counted by then.</summary>
    public PortCounters Counters => _port.Counters;

    /// <summary>Completes when the port is being closed, by this lease or from elsewhere; its connections should end then.</summary>
    public Task Closing => _port.CloseRequested;

    /// <summary>A connection, or one more, now runs through the port.</summary>
    public void Connected(IPEndPoint? local, IPEndPoint? client) => _port.Connected(this, local, client);

    /// <summary>One of the connections has ended, but the lease is kept. Only for holders of several connections: the release
    /// covers the last.</summary>
    public void Disconnected() => _port.Disconnected(this);

    /// <summary>The FTP transfer command, with its argument, that later events carry.</summary>
    public void SetCommand(string command) => _port.SetCommand(this, command);

    /// <summary>Closes the port, in the background; its final event is Failed with this reason. It is not used again.</summary>
    public void Fail(string reason) => _port.Fail(this, reason);

    /// <summary>Gives the port back: it lingers for reuse, or is closed in the background. Never waits; idempotent.</summary>
    public void Release() => _port.Release(this);

    /// <summary>As <see cref="Release"/>.</summary>
    public ValueTask DisposeAsync()
    {
        Release();
        return ValueTask.CompletedTask;
    }
}
