using System.Net;

namespace NapterFtp;

/// <summary>One on-demand remote access entry on the account (schema <c>PortMapping</c> of SORACOM's API), joined with what this process
/// knows of it: a snapshot.</summary>
public sealed record NapterPort
{
    /// <summary>The IMSI of the device, 15 digits; null where the entry was made by SIM ID and SORACOM names none.</summary>
    public string? Imsi { get; init; }

    /// <summary>The SIM ID of the device, 18 to 22 digits; null where the entry was made by IMSI.</summary>
    public string? SimId { get; init; }

    /// <summary>The TCP port on the device, 1 to 65535.</summary>
    public required int DevicePort { get; init; }

    /// <summary>The router's port that leads to it, where <c>-DevicePortMap</c> gives another number; null elsewhere.</summary>
    public int? RouterPort { get; init; }

    /// <summary>The public end point on SORACOM's gateway; null while it is being opened.</summary>
    public IPEndPoint? EndPoint { get; init; }

    /// <summary>The gateway's host name, which its certificate carries; null while the port is being opened.</summary>
    public string? HostName { get; init; }

    /// <summary>When SORACOM made the entry, by SORACOM's clock, in UTC; null while it is being opened.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When SORACOM ends the entry by itself, by SORACOM's clock, in UTC; null while it is being opened.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The source addresses allowed, as CIDR ranges (<c>192.0.2.1/32</c>); empty where SORACOM lets in all.</summary>
    public IReadOnlyList<string> SourceRange { get; init; } = [];

    /// <summary>Whether the gateway requires TLS.</summary>
    public bool Tls { get; init; }

    /// <summary>The rendezvous point where the gateway meets the device's network: Tokyo, Frankfurt, Oregon or Sydney, or SORACOM's own word
    /// for another. What passes between here and the device goes by there.</summary>
    public string? Placement { get; init; }

    /// <summary>Whether this process opened the entry.</summary>
    public bool Owned { get; init; }

    /// <summary>Names the port within this process; null where another process opened it.</summary>
    public string? PortId { get; init; }

    /// <summary>The proxy or tunnel that uses it; null where none of this process does.</summary>
    public string? Proxy { get; init; }

    /// <summary>The FTP session that uses it, counted from 1 within its proxy; null where none does.</summary>
    public string? SessionId { get; init; }

    /// <summary>What it is for; null where another process opened it.</summary>
    public NapterPortKind? Kind { get; init; }

    /// <summary>The step of its life; null where another process opened it.</summary>
    public NapterPortState? State { get; init; }

    /// <summary>The FTP transfer command with its argument, such as <c>RETR log.csv</c>; null for ports other than an FTP transfer's.</summary>
    public string? Command { get; init; }

    /// <summary>Bytes received from the device so far.</summary>
    public long BytesFromDevice { get; init; }

    /// <summary>Bytes sent to the device so far.</summary>
    public long BytesToDevice { get; init; }
}

/// <summary>What a Napter port is used for.</summary>
public enum NapterPortKind
{
    /// <summary>FTP's control connection.</summary>
    Control,

    /// <summary>One FTP data connection.</summary>
    Data,

    /// <summary>Any other TCP protocol.</summary>
    Tunnel,

    /// <summary>SSH with a router in front of a device, for <c>-Router</c>.</summary>
    Router,
}

/// <summary>A step in the life of a Napter port. Every port that reaches <see cref="Opening"/> ends in exactly one
/// <see cref="Closed"/> or <see cref="Failed"/>.</summary>
public enum NapterPortState
{
    /// <summary>SORACOM has been asked for it.</summary>
    Opening,

    /// <summary>The entry exists and takes connections.</summary>
    Open,

    /// <summary>A connection runs through it.</summary>
    Connected,

    /// <summary>Its connection has ended; it is kept for reuse.</summary>
    Idle,

    /// <summary>SORACOM is being asked to delete it.</summary>
    Closing,

    /// <summary>The entry is gone.</summary>
    Closed,

    /// <summary>It could not be opened, or its connection failed; the entry is gone or was never made.</summary>
    Failed,
}

/// <summary>What goes through one open Napter port of a proxy or tunnel at a moment: a snapshot.</summary>
public sealed record NapterPortActivity
{
    /// <summary>When it was looked at, by this computer's clock.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The proxy or tunnel; null for a port of an item cmdlet.</summary>
    public string? Proxy { get; init; }

    /// <summary>The FTP session, counted from 1 within its proxy; null for a port that sessions share.</summary>
    public string? SessionId { get; init; }

    /// <summary>Names the port within this process; null where another process opened it.</summary>
    public string? PortId { get; init; }

    /// <summary>What the port is for; null where another process opened it.</summary>
    public NapterPortKind? Kind { get; init; }

    /// <summary>Where it is in its life; null where another process opened it.</summary>
    public NapterPortState? State { get; init; }

    /// <summary>The TCP port on the device, 1 to 65535.</summary>
    public required int DevicePort { get; init; }

    /// <summary>The router's port that leads to it, where <c>-DevicePortMap</c> gives another number; null elsewhere.</summary>
    public int? RouterPort { get; init; }

    /// <summary>The FTP transfer command with its argument; null until it is known.</summary>
    public string? Command { get; init; }

    /// <summary>Bytes received from the device so far.</summary>
    public long BytesFromDevice { get; init; }

    /// <summary>Bytes sent to the device so far.</summary>
    public long BytesToDevice { get; init; }

    /// <summary>Bytes a second received since the port was last looked at.</summary>
    public long RateFromDevice { get; init; }

    /// <summary>Bytes a second sent since the port was last looked at.</summary>
    public long RateToDevice { get; init; }

    /// <summary>How long ago it was asked for.</summary>
    public TimeSpan Age { get; init; }
}
