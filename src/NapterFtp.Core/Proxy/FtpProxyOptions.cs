using System.Net;
using System.Security.Cryptography.X509Certificates;
using NapterFtp.Listening;

namespace NapterFtp.Proxy;

/// <summary>How an FTP proxy listens, relays and uses Napter ports. Both its own port and the device's are 21 unless set.</summary>
internal sealed record FtpProxyOptions : RelayOptions
{
    public FtpProxyOptions()
    {
        DevicePort = 21;
        Port = 21;
    }

    /// <summary>The local ports for data connections.</summary>
    public PassivePortRange PassivePorts { get; init; } = PassivePortRange.Default;

    /// <summary>The IPv4 address to announce in 227 replies; null: the address by which the client reached the relay.</summary>
    public IPAddress? PassiveAddress { get; init; }

    /// <summary>How long a data port is kept for reuse; zero closes it with its transfer.</summary>
    public TimeSpan PortLinger { get; init; }

    /// <summary>Whether to ask the device for the next data port before the client does, while it transfers file after file.</summary>
    public bool Prefetch { get; init; }

    /// <summary>How long the control port is kept after the last client has gone.</summary>
    public TimeSpan ControlLinger { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>FTP sessions at once; the next is greeted with 421.</summary>
    public int MaxSessions { get; init; } = 2000;

    /// <summary>How long a session may stay without a command, a reply or a data byte before it gets 421.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long the device may take to greet a client.</summary>
    public TimeSpan GreetingTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the device and the client each have to make a data connection once it is announced.</summary>
    public TimeSpan DataConnectTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long an ended transfer may wait for what is missing: its final reply, or the last data bytes.</summary>
    public TimeSpan SettleTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Offers explicit FTPS (RFC 4217) to local clients with this certificate and its private key.</summary>
    public X509Certificate2? TlsCertificate { get; init; }

    /// <summary>Lets the device announce data ports below 1024, against RFC 2577's advice.</summary>
    public bool AllowLowDataPorts { get; init; }
}
