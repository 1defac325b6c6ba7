using System.Net;

namespace NapterFtp.Listening;

/// <summary>How a proxy or tunnel listens, whom it lets in and how it uses its Napter ports.</summary>
internal abstract record RelayOptions
{
    /// <summary>The device.</summary>
    public required DeviceTarget Device { get; init; }

    /// <summary>The TCP port on the device, 1 to 65535.</summary>
    public int DevicePort { get; init; }

    /// <summary>The name in events and lists; null makes one from the device.</summary>
    public string? Name { get; init; }

    /// <summary>The local address to listen on. Loopback unless the user says otherwise.</summary>
    public IPAddress ListenAddress { get; init; } = IPAddress.Loopback;

    /// <summary>The local port to listen on; 0 for any free one.</summary>
    public int Port { get; init; }

    /// <summary>CIDR ranges that SORACOM lets connect; empty: the address its API sees us call from.</summary>
    public IReadOnlyList<string> SourceRanges { get; init; } = [];

    /// <summary>How long a Napter entry may live, up to 8 hours; that of the shared port is renewed ahead of its end.</summary>
    public TimeSpan PortDuration { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The clients let in; empty: whoever reaches the listening address.</summary>
    public IReadOnlyList<IPNetwork> AllowedClients { get; init; } = [];
}
