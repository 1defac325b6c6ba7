using System.Net;

namespace NapterFtp;

/// <summary>A proxy and its counters at one moment: a snapshot.</summary>
public sealed record NapterFtpProxy
{
    /// <summary>The name it was started with.</summary>
    public required string Name { get; init; }

    /// <summary>The IMSI of the device, where it was chosen by IMSI.</summary>
    public string? Imsi { get; init; }

    /// <summary>The SIM ID of the device, where it was chosen by SIM ID.</summary>
    public string? SimId { get; init; }

    /// <summary>The FTP server's port on the device, 1 to 65535.</summary>
    public required int DevicePort { get; init; }

    /// <summary>Where FTP clients connect; the real port, also when any was asked for.</summary>
    public required IPEndPoint ListenEndPoint { get; init; }

    /// <summary>Where it is in its life.</summary>
    public required NapterFtpProxyState State { get; init; }

    /// <summary>FTP sessions connected now.</summary>
    public int Sessions { get; init; }

    /// <summary>FTP sessions since the start.</summary>
    public long TotalSessions { get; init; }

    /// <summary>Napter ports held now.</summary>
    public int Ports { get; init; }

    /// <summary>Napter ports opened since the start.</summary>
    public long TotalPorts { get; init; }

    /// <summary>Bytes received from the device since the start.</summary>
    public long BytesFromDevice { get; init; }

    /// <summary>Bytes sent to the device since the start.</summary>
    public long BytesToDevice { get; init; }

    /// <summary>When it was started.</summary>
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

    /// <summary>It ended by itself because of an error.</summary>
    Failed,
}
