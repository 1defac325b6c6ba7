using System.Globalization;
using NapterFtp.Ftp;

namespace NapterFtp;

/// <summary>One device on SORACOM's network: by IMSI, or by SIM ID and service.</summary>
public sealed record DeviceTarget
{
    private DeviceTarget(string? imsi, string? simId, SimService? service)
    {
        Imsi = imsi;
        SimId = simId;
        Service = service;
    }

    /// <summary>The IMSI, or null where the SIM ID chooses.</summary>
    public string? Imsi { get; }

    /// <summary>The SIM ID, or null where the IMSI chooses.</summary>
    public string? SimId { get; }

    /// <summary>The session chosen; only with <see cref="SimId"/>. Null where that is left to the SIM: Air, or Arc for a SIM that has only
    /// that.</summary>
    public SimService? Service { get; }

    /// <summary>A device by its IMSI.</summary>
    /// <param name="imsi">6 to 15 decimal digits (ITU-T E.212).</param>
    /// <exception cref="NapterFtpException"><c>InvalidImsi</c>.</exception>
    public static DeviceTarget FromImsi(string imsi)
    {
        ArgumentNullException.ThrowIfNull(imsi);
        if (imsi.Length is < 6 or > 15 || !imsi.All(char.IsAsciiDigit))
        {
            throw new NapterFtpException(
                "InvalidImsi",
                NapterFtpErrorKind.InvalidArgument,
                string.Create(CultureInfo.InvariantCulture, $"'{imsi}' is not an IMSI."),
                "Give the IMSI as 6 to 15 digits, as SORACOM's console shows it, or use -SimId for a SIM ID.",
                imsi);
        }

        return new DeviceTarget(imsi, null, null);
    }

    /// <summary>A device by its SIM ID.</summary>
    /// <param name="simId">18 to 22 decimal digits (an ICCID-like number).</param>
    /// <param name="service">The session to reach; null for the one that the SIM has.</param>
    /// <exception cref="NapterFtpException"><c>InvalidSimId</c>.</exception>
    public static DeviceTarget FromSimId(string simId, SimService? service = null)
    {
        ArgumentNullException.ThrowIfNull(simId);
        if (simId.Length is < 18 or > 22 || !simId.All(char.IsAsciiDigit))
        {
            throw new NapterFtpException(
                "InvalidSimId",
                NapterFtpErrorKind.InvalidArgument,
                string.Create(CultureInfo.InvariantCulture, $"'{simId}' is not a SIM ID."),
                "Give the SIM ID as 18 to 22 digits, as SORACOM's console shows it, or use -Imsi for an IMSI.",
                simId);
        }

        return new DeviceTarget(null, simId, service);
    }

    /// <summary>The number a person knows the device by.</summary>
    public override string ToString() => Imsi ?? SimId!;
}

/// <summary>What identifies one FTP server at a device, wherever something is kept for it.</summary>
/// <param name="Sim">The SIM ID where that is known, else the IMSI.</param>
/// <param name="Service">The SIM's session.</param>
/// <param name="Address">The address behind a router in front of it; null for the device that has the SIM itself.</param>
/// <param name="Port">The FTP server's control port: the router's where that forwards it by itself, so that devices behind one SIM differ in it;
/// the device's own where the address tells them apart.</param>
internal sealed record DeviceKey(string Sim, SimService Service, string? Address, int Port)
{
    /// <summary>A device that has the SIM itself, or one that a router with the SIM forwards to.</summary>
    /// <param name="device">The SIM.</param>
    /// <param name="port">The device's own control port.</param>
    /// <param name="ports">The router's ports; null where each has the device's number.</param>
    public static DeviceKey For(DeviceTarget device, int port, DevicePortMap? ports = null) =>
        new(device.SimId ?? device.Imsi!, device.Service ?? SimService.Air, ports?.Router?.DeviceAddress.ToString(), ports?.ToRouter(port) ?? port);
}

/// <summary>Which of a SIM's sessions a port leads to (<c>destination.service</c> of SORACOM's create call).</summary>
public enum SimService
{
    /// <summary>SORACOM Air: the cellular session.</summary>
    Air,

    /// <summary>SORACOM Arc: the virtual SIM's WireGuard session.</summary>
    Arc,
}
