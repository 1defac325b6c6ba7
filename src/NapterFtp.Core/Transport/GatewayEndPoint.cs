using System.Net;

namespace NapterFtp.Transport;

/// <summary>Where to connect on SORACOM's gateway: by address, with the host name for TLS, which saves a name look-up each time.</summary>
/// <param name="EndPoint">The address and port to connect to.</param>
/// <param name="HostName">The name the gateway's certificate must carry.</param>
/// <param name="Tls">Whether to speak TLS; always, but for entries a user made with <c>New-NapterPort -NoTls</c>.</param>
internal sealed record GatewayEndPoint(IPEndPoint EndPoint, string HostName, bool Tls = true)
{
    /// <summary>Whether the connection is for much data in little time, such as a file.</summary>
    public bool Bulk { get; init; }
}
