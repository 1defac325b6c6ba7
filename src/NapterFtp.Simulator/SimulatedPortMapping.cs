using System.Net;

namespace NapterFtp.Simulator;

/// <summary>A live entry as it was at one moment.</summary>
public sealed record SimulatedPortMapping
{
    /// <summary>The SIM's IMSI.</summary>
    public required string Imsi { get; init; }

    /// <summary>The SIM's ID.</summary>
    public required string SimId { get; init; }

    /// <summary>The port on the device.</summary>
    public required int DevicePort { get; init; }

    /// <summary>Whether <see cref="DevicePort"/> is FTP's control port.</summary>
    public required bool IsControl { get; init; }

    /// <summary>The gateway's address and port.</summary>
    public required IPEndPoint EndPoint { get; init; }

    /// <summary>The name in the gateway's certificate.</summary>
    public required string HostName { get; init; }

    /// <summary>When the entry was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the entry ends.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Whether the gateway terminates TLS.</summary>
    public required bool Tls { get; init; }

    /// <summary>The CIDR ranges let in.</summary>
    public required IReadOnlyList<string> SourceRanges { get; init; }

    /// <summary>Connections open now.</summary>
    public required int Connections { get; init; }

    /// <summary>Connections ever made.</summary>
    public required int TotalConnections { get; init; }
}
