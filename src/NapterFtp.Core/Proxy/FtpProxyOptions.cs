using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace NapterFtp.Proxy;

/// <summary>How a proxy listens, whom it lets in and how it uses Napter ports.</summary>
internal sealed record FtpProxyOptions
{
    /// <summary>The device whose FTP server is relayed.</summary>
    public required DeviceTarget Device { get; init; }

    /// <summary>The FTP server's port on the device, 1 to 65535.</summary>
    public int DevicePort { get; init; } = 21;

    /// <summary>The proxy's name in events and in <c>Get-NapterFtpProxy</c>; null makes one from the device.</summary>
    public string? Name { get; init; }

    /// <summary>The local address to listen on. Loopback unless the user says otherwise.</summary>
    public IPAddress ListenAddress { get; init; } = IPAddress.Loopback;

    /// <summary>The local port to listen on; 0 for any free one.</summary>
    public int Port { get; init; } = 21;

    /// <summary>The local ports for data connections.</summary>
    public PassivePortRange PassivePorts { get; init; } = PassivePortRange.Default;

    /// <summary>The IPv4 address to announce in 227 replies; null: the address by which the client reached the relay.</summary>
    public IPAddress? PassiveAddress { get; init; }

    /// <summary>CIDR ranges that SORACOM lets connect; empty: the address its API sees us call from.</summary>
    public IReadOnlyList<string> SourceRanges { get; init; } = [];

    /// <summary>How long a Napter entry may live, up to 8 hours; the control port's is renewed ahead of its end.</summary>
    public TimeSpan PortDuration { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a data port is kept for reuse; zero closes it with its transfer.</summary>
    public TimeSpan PortLinger { get; init; }

    /// <summary>How long the control port is kept after the last client has gone.</summary>
    public TimeSpan ControlLinger { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The clients let in; empty: whoever reaches the listening address.</summary>
    public IReadOnlyList<IPNetwork> AllowedClients { get; init; } = [];

    /// <summary>FTP sessions at once; the next is greeted with 421.</summary>
    public int MaxSessions { get; init; } = 2000;

    /// <summary>How long a session may stay without a command, a reply or a data byte before it gets 421.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long the device and the client each have to make a data connection once it is announced.</summary>
    public TimeSpan DataConnectTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long an ended transfer may wait for what is missing: its final reply, or the last data bytes.</summary>
    public TimeSpan SettleTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Offers explicit FTPS (RFC 4217) to local clients with this certificate and its private key.</summary>
    public X509Certificate2? TlsCertificate { get; init; }

    /// <summary>Lets the device announce data ports below 1024, against RFC 2577's advice.</summary>
    public bool AllowLowDataPorts { get; init; }
}
