using NapterFtp.Listening;

namespace NapterFtp.Tunnels;

/// <summary>How a tunnel listens and uses its Napter port.</summary>
internal sealed record TcpTunnelOptions : RelayOptions
{
    /// <summary>How long the Napter port is kept after the last connection has ended.</summary>
    public TimeSpan PortLinger { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Connections at once; more are closed as they come.</summary>
    public int MaxConnections { get; init; } = 2000;

    /// <summary>Silence in both directions after which a connection is ended.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromHours(2);
}
