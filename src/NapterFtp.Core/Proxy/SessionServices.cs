using System.Net.Security;
using Microsoft.Extensions.Logging;
using NapterFtp.Ports;
using NapterFtp.Transport;

namespace NapterFtp.Proxy;

/// <summary>What the sessions of one proxy share.</summary>
internal sealed record SessionServices
{
    public required string ProxyName { get; init; }

    public required FtpProxyOptions Options { get; init; }

    public required PortManager Ports { get; init; }

    public required SharedPort ControlPort { get; init; }

    public required IGatewayDialer Dialer { get; init; }

    public required PassivePortPool PassivePorts { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Logger { get; init; }

    public SslServerAuthenticationOptions? LocalTls { get; init; }

    public DeviceTraits Traits { get; } = new();
}
