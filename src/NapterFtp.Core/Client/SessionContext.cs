using Microsoft.Extensions.Logging;
using NapterFtp.Transport;

namespace NapterFtp.Client;

/// <summary>What all sessions to one device share.</summary>
/// <param name="Device">The device and port, for messages.</param>
/// <param name="Traits">What is known of the device's FTP server.</param>
/// <param name="Ports">Its data ports.</param>
/// <param name="Dialer">Connects to the gateway.</param>
/// <param name="Options">Limits, login, encoding.</param>
/// <param name="Activity">Touched whenever the device is heard of.</param>
/// <param name="Time">The clock.</param>
/// <param name="Logger">Told of the dialogue.</param>
internal sealed record SessionContext(
    string Device,
    DeviceTraits Traits,
    DataPortPool Ports,
    IGatewayDialer Dialer,
    FtpClientOptions Options,
    Activity Activity,
    TimeProvider Time,
    ILogger Logger);
