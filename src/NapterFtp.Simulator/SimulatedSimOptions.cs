using System.Net;
using NapterFtp.Simulator.Device;

namespace NapterFtp.Simulator;

/// <summary>One SIM of the simulated account and the device behind it.</summary>
public sealed class SimulatedSimOptions
{
    /// <summary>The IMSI.</summary>
    public string Imsi { get; init; } = "001010000000001";

    /// <summary>The SIM ID.</summary>
    public string SimId { get; init; } = "8981100000000000001";

    /// <summary>The SIM's name (its tag <c>name</c>).</summary>
    public string Name { get; init; } = "simulated-device";

    /// <summary>Further tags.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether the device has a session; <see cref="SimulatedSim.Online"/> changes it later.</summary>
    public bool Online { get; init; } = true;

    /// <summary>Whether the SIM has Arc only, as one whose IMSI begins with 99999: no Air session, and no way to it by service <c>air</c>.</summary>
    public bool ArcOnly { get; init; }

    /// <summary>The mobile country code of the network that the device is in; null where the session tells none.</summary>
    public int? MobileCountry { get; init; }

    /// <summary>A real server as the device, listening for FTP control connections here. Port 21 and this port lead to it,
    /// any other port number to the same host at that number. Null for the embedded device.</summary>
    public EndPoint? DeviceEndPoint { get; init; }

    /// <summary>The folder that the embedded device serves; null for a temporary one with a few sample files.</summary>
    public string? RootPath { get; init; }

    /// <summary>The embedded device's manners.</summary>
    public DeviceProfile Profile { get; init; } = DeviceProfiles.Default;

    /// <summary>Changes what the embedded device is started with: its users, limits, transcript.</summary>
    public Func<SimulatedFtpDeviceOptions, SimulatedFtpDeviceOptions>? ConfigureDevice { get; init; }

    /// <summary>This SIM's own <see cref="SimulatorOptions.RoundTrip"/>; null for the simulator's.</summary>
    public TimeSpan? RoundTrip { get; init; }

    /// <summary>This SIM's own <see cref="SimulatorOptions.Bandwidth"/>; null for the simulator's.</summary>
    public long? Bandwidth { get; init; }

    /// <summary>The local address from which the gateway connects to the device, by device port; null for the system's choice.
    /// A device that compares the addresses of control and data connections sees the difference.</summary>
    public Func<int, IPAddress?>? DeviceSeesAddress { get; init; }
}
