using System.Net;

namespace NapterFtp.Ports;

/// <summary>What a caller wants a Napter port for.</summary>
internal sealed record PortRequest
{
    public required DeviceTarget Device { get; init; }

    /// <summary>The TCP port on the device, 1 to 65535.</summary>
    public required int DevicePort { get; init; }

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

    /// <summary>How long the caller can bear to wait for the port.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);
}
