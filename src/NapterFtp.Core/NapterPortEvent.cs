using System.Net;

namespace NapterFtp;

/// <summary>One step in the life of one Napter port: a snapshot, never a live handle.</summary>
public sealed record NapterPortEvent
{
    /// <summary>When it happened, by this computer's clock.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The proxy or tunnel the port belongs to, or null.</summary>
    public string? Proxy { get; init; }

    /// <summary>The FTP session the port belongs to, counted from 1 within its proxy, or null.</summary>
    public string? SessionId { get; init; }

    /// <summary>Names the port within this process; the same in all events of one port.</summary>
    public required string PortId { get; init; }

    /// <summary>What the port is for.</summary>
    public required NapterPortKind Kind { get; init; }

    /// <summary>The step reached.</summary>
    public required NapterPortState State { get; init; }

    /// <summary>The IMSI of the device, 15 digits; null where it was chosen by SIM ID.</summary>
    public string? Imsi { get; init; }

    /// <summary>The SIM ID of the device, 18 to 22 digits; null where it was chosen by IMSI.</summary>
    public string? SimId { get; init; }

    /// <summary>The TCP port on the device, 1 to 65535.</summary>
    public required int DevicePort { get; init; }

    /// <summary>The router's port that leads to it, where <c>-DevicePortMap</c> gives another number; null elsewhere.</summary>
    public int? RouterPort { get; init; }

    /// <summary>The public end point on SORACOM's gateway; null until it is known.</summary>
    public IPEndPoint? EndPoint { get; init; }

    /// <summary>Where the relay listens for, or is connected to, the local client; null where there is none.</summary>
    public IPEndPoint? LocalEndPoint { get; init; }

    /// <summary>The local client, or null.</summary>
    public IPEndPoint? Client { get; init; }

    /// <summary>The FTP transfer command with its argument, such as <c>RETR log.csv</c>; null until it is known.</summary>
    public string? Command { get; init; }

    /// <summary>Bytes received from the device so far.</summary>
    public long BytesFromDevice { get; init; }

    /// <summary>Bytes sent to the device so far.</summary>
    public long BytesToDevice { get; init; }

    /// <summary>Time since <see cref="NapterPortState.Opening"/>; zero in that event.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Why it failed or was closed early, for a person; null otherwise.</summary>
    public string? Error { get; init; }
}
