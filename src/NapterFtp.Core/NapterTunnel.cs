using System.Net;

namespace NapterFtp;

/// <summary>A TCP tunnel and its counters at one moment: a snapshot.</summary>
public sealed record NapterTunnel
{
    /// <summary>The name it was started with.</summary>
    public required string Name { get; init; }

    /// <summary>The IMSI of the device, where it was chosen by IMSI.</summary>
    public string? Imsi { get; init; }

    /// <summary>The SIM ID of the device, where it was chosen by SIM ID.</summary>
    public string? SimId { get; init; }

    /// <summary>The TCP port on the device, 1 to 65535.</summary>
    public required int DevicePort { get; init; }

    /// <summary>Where local clients connect; the real port, also when any was asked for.</summary>
    public required IPEndPoint ListenEndPoint { get; init; }

    /// <summary>Where it is in its life.</summary>
    public required NapterFtpProxyState State { get; init; }

    /// <summary>Connections now.</summary>
    public int Connections { get; init; }

    /// <summary>Connections since the start.</summary>
    public long TotalConnections { get; init; }

    /// <summary>Napter ports held now.</summary>
    public int Ports { get; init; }

    /// <summary>Bytes received from the device since the start.</summary>
    public long BytesFromDevice { get; init; }

    /// <summary>Bytes sent to the device since the start.</summary>
    public long BytesToDevice { get; init; }

    /// <summary>When it was started.</summary>
    public required DateTimeOffset Started { get; init; }
}
