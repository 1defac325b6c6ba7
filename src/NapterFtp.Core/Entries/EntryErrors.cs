namespace NapterFtp.Entries;

/// <summary>What goes wrong with ports on our own side, in words for people.</summary>
internal static class EntryErrors
{
    public static NapterFtpException Closed(EntryRequest request) => new(
        "PortsClosed",
        NapterFtpErrorKind.Connection,
        $"The port to {request.Device}, port {request.PortMap.Describe(request.DevicePort)}, was closed because its proxy or connection ended.",
        "Sign in again with Connect-Napter.",
        request.Device);

    /// <summary>Says who did not answer: a router that is to forward first, or SORACOM.</summary>
    public static NapterFtpException OpenTimeout(EntryRequest request) =>
        request.PortMap.Router is { } router && request.ForwardedPort is null ? RouterTimeout(router, request.Patience) : SoracomTimeout(request);

    private static NapterFtpException RouterTimeout(NapterRouter router, TimeSpan limit) => new(
        "RouterCommandTimeout",
        NapterFtpErrorKind.Timeout,
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"The router {router.Target} did not do what it was told within {limit.TotalSeconds:0} s."),
        "Look whether its SSH server answers and whether it is under load: Test-NapterFtpDevice -Router checks it step by step.",
        router);

    private static NapterFtpException SoracomTimeout(EntryRequest request) => new(
        "PortOpenTimeout",
        NapterFtpErrorKind.Timeout,
        $"SORACOM opened no port to {request.Device}, port {request.PortMap.Describe(request.DevicePort)}, within {request.Patience.TotalSeconds:0} s.",
        "Try again; if it stays so, see whether SORACOM's API is reachable and SORACOM's status page reports trouble.",
        request.Device);

    public static NapterFtpException NotForwarded(EntryRequest request, int other) => new(
        "DevicePortNotForwarded",
        NapterFtpErrorKind.Connection,
        $"Port {request.DevicePort} of {request.Device} cannot be reached: by -DevicePortMap the router's port {request.DevicePort} leads to the "
        + $"device's port {other}, and none leads to {request.DevicePort}.",
        "Have the router forward the device's whole passive range, and name all of it in -DevicePortMap.",
        request.DevicePort);

    public static NapterFtpException DeviceDidNotCome(System.Net.IPEndPoint waiting, TimeSpan limit) => new(
        "DeviceDataConnectionMissing",
        NapterFtpErrorKind.Timeout,
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"The device made no data connection to {waiting}, its router, within {limit.TotalSeconds:0} s."),
        "Check that the device may connect to the router's address in its own network, which is told to it with PORT.",
        waiting);

    public static NapterFtpException InvalidDevicePort(EntryRequest request) => new(
        "InvalidDevicePort",
        NapterFtpErrorKind.InvalidArgument,
        $"{request.DevicePort} is not a TCP port.",
        "Give the device's port as a number from 1 to 65535; FTP's is 21.",
        request.DevicePort);
}
