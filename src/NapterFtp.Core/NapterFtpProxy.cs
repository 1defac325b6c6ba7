using System.Net;

namespace NapterFtp;

/// <summary>A proxy and its counters at one moment: a snapshot.</summary>
public sealed record NapterFtpProxy
{
    /// <summary>The name it was started with, or the device and port where none was given; null never.</summary>
    public required string Name { get; init; }

    /// <summary>The IMSI of the device, 6 to 15 digits; null where it was chosen by SIM ID, or where each client chooses.</summary>
    public string? Imsi { get; init; }

    /// <summary>The SIM ID of the device, 18 to 22 digits; null where it was chosen by IMSI, or where each client chooses.</summary>
    public string? SimId { get; init; }

    /// <summary>The FTP server's port on the device, 1 to 65535.</summary>
    public required int DevicePort { get; init; }

    /// <summary>The router's port that leads to it, where <c>-DevicePortMap</c> gives another number; null elsewhere.</summary>
    public int? RouterPort { get; init; }

    /// <summary>Where FTP clients connect; the real port, also when any was asked for.</summary>
    public required IPEndPoint ListenEndPoint { get; init; }

    /// <summary>Where it was in its life when the snapshot was taken.</summary>
    public required NapterFtpProxyState State { get; init; }

    /// <summary>FTP sessions connected now, those that still log in included; 0 to <c>-MaxSession</c>.</summary>
    public int Sessions { get; init; }

    /// <summary>FTP sessions since the start; clients that were turned away are not counted.</summary>
    public long TotalSessions { get; init; }

    /// <summary>Napter ports held now, those kept for reuse included; 0 where none is. Nothing is asked of SORACOM for it.</summary>
    public int Ports { get; init; }

    /// <summary>Napter ports that SORACOM opened since the start, those that have ended included.</summary>
    public long TotalPorts { get; init; }

    /// <summary>Bytes received from the device on all its ports since the start, TLS' own not counted; 0 or more.</summary>
    public long BytesFromDevice { get; init; }

    /// <summary>Bytes sent to the device on all its ports since the start, TLS' own not counted; 0 or more.</summary>
    public long BytesToDevice { get; init; }

    /// <summary>When it was started, in UTC by this computer's clock.</summary>
    public required DateTimeOffset Started { get; init; }
}

/// <summary>Where a proxy is in its life.</summary>
public enum NapterFtpProxyState
{
    /// <summary>It takes FTP clients.</summary>
    Listening,

    /// <summary>It takes no new clients; running transfers end.</summary>
    Stopping,

    /// <summary>It has ended and holds no port.</summary>
    Stopped,
}
