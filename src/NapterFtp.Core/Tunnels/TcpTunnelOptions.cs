using System.Net;

namespace NapterFtp.Tunnels;

/// <summary>How a tunnel listens, whom it lets in and how it uses its Napter port.</summary>
internal sealed record TcpTunnelOptions
{
    /// <summary>The device.</summary>
    public required DeviceTarget Device { get; init; }

    /// <summary>The TCP port on the device, 1 to 65535.</summary>
    public required int DevicePort { get; init; }

    /// <summary>The tunnel's name in events and lists; null makes one from the device.</summary>
    public string? Name { get; init; }

    /// <summary>The local address to listen on. Loopback unless the user says otherwise.</summary>
    public IPAddress ListenAddress { get; init; } = IPAddress.Loopback;

    /// <summary>The local port to listen on; 0 for any free one.</summary>
    public int Port { get; init; }

    /// <summary>CIDR ranges that SORACOM lets connect; empty: the address its API sees us call from.</summary>
    public IReadOnlyList<string> SourceRanges { get; init; } = [];

    /// <summary>How long the Napter entry may live, up to 8 hours; renewed ahead of its end.</summary>
    public TimeSpan PortDuration { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long the Napter port is kept after the last connection has ended.</summary>
    public TimeSpan PortLinger { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The clients let in; empty: whoever reaches the listening address.</summary>
    public IReadOnlyList<IPNetwork> AllowedClients { get; init; } = [];

    /// <summary>Connections at once; more are closed as they come.</summary>
    public int MaxConnections { get; init; } = 2000;

    /// <summary>Silence in both directions after which a connection is ended.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromHours(2);
}
