using System.Net;

namespace NapterFtp;

/// <summary>A TCP tunnel and its counters at one moment: a snapshot.</summary>
public sealed record NapterTunnel
{
    /// <summary>The name it was started with, or the device and port where none was given; null never.</summary>
    public required string Name { get; init; }

    /// <summary>The IMSI of the device, 6 to 15 digits; null where it was chosen by SIM ID.</summary>
    public string? Imsi { get; init; }

    /// <summary>The SIM ID of the device, 18 to 22 digits; null where it was chosen by IMSI.</summary>
    public string? SimId { get; init; }

    /// <summary>The TCP port on the device, 1 to 65535.</summary>
    public required int DevicePort { get; init; }

    /// <summary>The router's port that leads to it, where <c>-DevicePortMap</c> gives another number; null elsewhere.</summary>
    public int? RouterPort { get; init; }

    /// <summary>Where local clients connect; the real port, also when any was asked for.</summary>
    public required IPEndPoint ListenEndPoint { get; init; }

    /// <summary>Where it was in its life when the snapshot was taken.</summary>
    public required NapterFtpProxyState State { get; init; }

    /// <summary>Connections now; 0 or more.</summary>
    public int Connections { get; init; }

    /// <summary>Connections since the start, those that have ended included.</summary>
    public long TotalConnections { get; init; }

    /// <summary>Napter ports held now, those kept for reuse included; 0 where none is. Nothing is asked of SORACOM for it.</summary>
    public int Ports { get; init; }

    /// <summary>Bytes received from the device on all its ports since the start, TLS' own not counted; 0 or more.</summary>
    public long BytesFromDevice { get; init; }

    /// <summary>Bytes sent to the device on all its ports since the start, TLS' own not counted; 0 or more.</summary>
    public long BytesToDevice { get; init; }

    /// <summary>When it was started, in UTC by this computer's clock.</summary>
    public required DateTimeOffset Started { get; init; }
}
