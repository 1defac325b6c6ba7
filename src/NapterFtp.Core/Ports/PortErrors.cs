namespace NapterFtp.Ports;

/// <summary>What goes wrong with ports on our own side, in words for people.</summary>
internal static class PortErrors
{
    public static NapterFtpException Closed(PortRequest request) => new(
        "PortsClosed",
        NapterFtpErrorKind.Connection,
        $"The port to {request.Device}, port {request.DevicePort}, was closed because its proxy or connection ended.",
        "Sign in again with Connect-Napter.",
        request.Device);

    public static NapterFtpException OpenTimeout(PortRequest request) => new(
        "PortOpenTimeout",
        NapterFtpErrorKind.Timeout,
        $"SORACOM opened no port to {request.Device}, port {request.DevicePort}, within {request.Patience.TotalSeconds:0} s.",
        "Try again; if it stays so, see whether SORACOM's API is reachable and SORACOM's status page reports trouble.",
        request.Device);

    public static NapterFtpException InvalidDevicePort(PortRequest request) => new(
        "InvalidDevicePort",
        NapterFtpErrorKind.InvalidArgument,
        $"{request.DevicePort} is not a TCP port.",
        "Give the device's port as a number from 1 to 65535; FTP's is 21.",
        request.DevicePort);
}
