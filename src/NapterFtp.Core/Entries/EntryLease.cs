using System.Net;
using NapterFtp.Ftp;
using NapterFtp.Soracom;
using NapterFtp.Transport;

namespace NapterFtp.Entries;

/// <summary>The right to use one open Napter port, until it is released. After that, or once the port has been closed from
/// elsewhere, every method does nothing.</summary>
internal sealed class EntryLease : IEntryUse, IAsyncDisposable
{
    private readonly Entry _entry;
    private volatile bool _hasServed;

    internal EntryLease(Entry entry, bool reused)
    {
        _entry = entry;
        Reused = reused;
    }

    /// <inheritdoc/>
    public string PortId => _entry.Id;

    /// <inheritdoc/>
    public GatewayEndPoint Gateway => _entry.Gateway!;

    /// <summary>Where the device comes to us; null where we go to it, by <see cref="Gateway"/>.</summary>
    public IReturnPort? Return => _entry.Return;

    /// <inheritdoc cref="EntryRequest.DevicePort"/>
    public int DevicePort => _entry.Request.DevicePort;

    /// <inheritdoc cref="Soracom.PortMapping.Placement"/>
    public string? Placement => _entry.Placement;

    /// <inheritdoc cref="EntryRequest.ReachedPort"/>
    public int ReachedPort => _entry.Request.ReachedPort;

    /// <summary>When SORACOM ends the entry by itself.</summary>
    public DateTimeOffset ExpiresAt => _entry.ExpiresAt;

    /// <summary>Whether an earlier holder's port was handed out again, without asking SORACOM.</summary>
    public bool Reused { get; }

    /// <summary>Also where a connection has been made through this lease before.</summary>
    public bool MayHaveGone => Reused || _hasServed;

    /// <summary>What has gone through the port, earlier holders' bytes included. Stop counting before the release: the final
    /// event carries what is counted by then.</summary>
    public ByteCounters Counters => _entry.Counters;

    /// <summary>Completes when the port is being closed, by this lease or from elsewhere; its connections should end then.</summary>
    public Task Closing => _entry.CloseRequested;

    /// <summary>A connection, or one more, now runs through the port.</summary>
    public void Connected(IPEndPoint? local, IPEndPoint? client)
    {
        _hasServed = true;
        _entry.Connected(this, local, client);
    }

    /// <summary>One of the connections has ended, but the lease is kept. Only for holders of several connections: the release
    /// covers the last.</summary>
    public void Disconnected() => _entry.Disconnected(this);

    /// <summary>The FTP transfer command, with its argument, that later events carry.</summary>
    public void SetCommand(string command) => _entry.SetCommand(this, command);

    /// <summary>Closes the port, in the background; its final event is Failed with this reason. It is not used again.</summary>
    public void Fail(string reason) => _entry.Fail(this, reason);

    /// <summary>Changes <see cref="EntryRequest.Linger"/>.</summary>
    public void KeepFor(TimeSpan linger) => _entry.KeepFor(this, linger);

    /// <summary>Gives the port back: it lingers for reuse, or is closed in the background. Never waits; idempotent.</summary>
    public void Release() => _entry.Release(this);

    /// <summary>As <see cref="Release"/>.</summary>
    public ValueTask DisposeAsync()
    {
        Release();
        return ValueTask.CompletedTask;
    }
}

/// <summary>The use of an entry that connections are made through: alone, or shared with others.</summary>
internal interface IEntryUse
{
    /// <summary>Names the port in events and snapshots.</summary>
    string PortId { get; }

    /// <summary>Where SORACOM forwards it from.</summary>
    GatewayEndPoint Gateway { get; }

    /// <summary>Whether the entry was there before, so that it may have gone meanwhile without our knowing.</summary>
    bool MayHaveGone { get; }

    /// <summary>What has gone through the port, all connections together.</summary>
    ByteCounters Counters { get; }

    /// <summary>Completes when the port is being closed; its connections should end then.</summary>
    Task Closing { get; }

    /// <summary>A connection, or one more, now runs through the port.</summary>
    void Connected(IPEndPoint? local, IPEndPoint? client);

    /// <summary>No connection can be made through this entry: the next one gets a fresh one.</summary>
    void Fail(string reason);

    /// <summary>Ends this use. Never waits; idempotent.</summary>
    void Release();
}

/// <summary>What a caller wants a Napter port for.</summary>
internal sealed record EntryRequest
{
    public required DeviceTarget Device { get; init; }

    /// <summary>The TCP port on the device, 1 to 65535.</summary>
    public required int DevicePort { get; init; }

    /// <summary>Which port of a router leads to it.</summary>
    public DevicePortMap PortMap { get; init; } = DevicePortMap.None;

    /// <summary>Whether the device is to come to a port of the router, instead of us to its port: there is no entry at SORACOM then, for all goes
    /// by the session with the router.</summary>
    public bool IsReturn { get; init; }

    /// <summary>The port that devices make data connections from, as far as that can be known (RFC 959, section 3.2).</summary>
    public const int ReturnDevicePort = 20;

    /// <summary>The port that a router chose when it was told to forward; null where none was told.</summary>
    public int? ForwardedPort { get; init; }

    /// <summary>The port at the SIM, which the entry is made for: the router's, or the device's own.</summary>
    public int ReachedPort => ForwardedPort ?? PortMap.ToRouter(DevicePort);

    /// <summary>The router's port where it is another one than the device's, or a router was told; else null.</summary>
    public int? RouterPort => ForwardedPort ?? PortMap.RouterPort(DevicePort);

    /// <summary>Whether another request is for the same port of the same device.</summary>
    public bool IsSamePort(EntryRequest other) => Device == other.Device
        && !IsReturn && !other.IsReturn
        && (PortMap.Router, other.PortMap.Router) switch
        {
            (null, null) => ReachedPort == other.ReachedPort,
            ({ } mine, { } theirs) => DevicePort == other.DevicePort && mine.DeviceAddress.Equals(theirs.DeviceAddress) && mine.Port == theirs.Port,
            _ => false,
        };

    public required NapterPortKind Kind { get; init; }

    /// <summary>The proxy's or tunnel's name, for events.</summary>
    public string? Proxy { get; init; }

    /// <summary>The session's number within the proxy, for events.</summary>
    public string? SessionId { get; init; }

    /// <summary>The local client's control connection, for events.</summary>
    public IPEndPoint? Client { get; init; }

    /// <summary>Where the relay listens for the client's connection, for events.</summary>
    public IPEndPoint? LocalEndPoint { get; init; }

    /// <summary>How long the entry may live; at most 8 hours.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromHours(1);

    /// <summary>CIDR ranges allowed to connect; empty: the caller's own address.</summary>
    public IReadOnlyList<string> SourceRanges { get; init; } = [];

    /// <summary>How long the entry is kept for reuse after its connection ended; zero closes it at once.</summary>
    public TimeSpan Linger { get; init; }

    /// <summary>How long the caller can bear to wait for the port, SORACOM's failures included; an FTP client waits for 20 to 30
    /// seconds before it gives up without having seen a reply. The wait for the rate limit is not a part of it.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(18);

    /// <summary>Whether it is a device's first port, which waits until there is room for more of them.</summary>
    public bool Begins { get; init; }

    /// <summary>How long the caller can bear to wait for the call's turn under SORACOM's rate limit.</summary>
    public TimeSpan TurnPatience { get; init; } = ApiCall.DefaultTurnPatience;
}

/// <summary>Bytes that have gone through one Napter port, counted by the relay's two halves at once.</summary>
internal sealed class ByteCounters
{
    private long _fromDevice;
    private long _toDevice;

    public long FromDevice => Interlocked.Read(ref _fromDevice);

    public long ToDevice => Interlocked.Read(ref _toDevice);

    public void AddFromDevice(long bytes) => Interlocked.Add(ref _fromDevice, bytes);

    public void AddToDevice(long bytes) => Interlocked.Add(ref _toDevice, bytes);
}
