using System.Security.Cryptography.X509Certificates;

namespace NapterFtp.Transport;

/// <summary>How to connect to the gateway.</summary>
internal sealed record GatewayDialerOptions
{
    /// <summary>Time limit for the TCP connection.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Time limit for the TLS handshake that follows.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Certificate authorities trusted beside the system's own.</summary>
    public X509Certificate2Collection ExtraRoots { get; init; } = [];

    /// <summary>How many connections for bulk data may block threads, two each, at the same time; the others are relayed
    /// asynchronously, at about one and a half times the cost.</summary>
    public int BlockingLimit { get; init; } = Math.Max(4, 2 * Environment.ProcessorCount);

    public SocketTuning Socket { get; init; } = SocketTuning.Default;
}
