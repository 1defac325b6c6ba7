using System.Net;
using NapterFtp.Simulator.Device;

namespace NapterFtp.Simulator;

/// <summary>A SIM of the running simulator.</summary>
public sealed class SimulatedSim
{
    private readonly SimulatedSimOptions _options;
    private volatile bool _online;

    internal SimulatedSim(SimulatedSimOptions options, EndPoint deviceEndPoint)
    {
        _options = options;
        _online = options.Online;
        DeviceEndPoint = deviceEndPoint;
    }

    internal SimulatedSim(SimulatedSimOptions options, SimulatedFtpDevice device)
        : this(options, device.EndPoint)
    {
        Device = device;
    }

    /// <summary>The IMSI.</summary>
    public string Imsi => _options.Imsi;

    /// <summary>The SIM ID.</summary>
    public string SimId => _options.SimId;

    /// <summary>The SIM's name.</summary>
    public string Name => _options.Name;

    /// <summary>The SIM's tags besides its name.</summary>
    public IReadOnlyDictionary<string, string> Tags => _options.Tags;

    /// <summary>Whether the device has a session.</summary>
    public bool Online
    {
        get => _online;
        set => _online = value;
    }

    /// <summary>The ID of the group that the SIM is in; null for none.</summary>
    public string? GroupId { get; set; }

    /// <summary>Whether the device answers pings, as long as it is online.</summary>
    public bool AnswersPing { get; set; } = true;

    /// <summary>Runs a command by SSH on what has the SIM; null where it cannot be reached or does not let in, which is so without this.</summary>
    public Func<SimulatedSshCommand, SimulatedSshAnswer?>? AnswersSsh { get; set; }

    /// <summary>When the network last heard of the device, as the API says; null for this moment.</summary>
    public DateTimeOffset? LastSeen { get; set; }

    /// <summary>When Napter was last used with the SIM; null for never.</summary>
    public DateTimeOffset? LastPortCreatedAt { get; set; }

    /// <summary>Where the device listens for FTP control connections.</summary>
    public EndPoint DeviceEndPoint { get; }

    /// <summary>The folder that the embedded device serves, or null where the device is a real server.</summary>
    public string? RootPath => Device?.Options.RootPath;

    /// <summary>The embedded device, or null where the device is a real server.</summary>
    public SimulatedFtpDevice? Device { get; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    internal int? MobileCountry => _options.MobileCountry;

    internal bool ArcOnly => _options.ArcOnly;

    internal TimeSpan? RoundTrip => _options.RoundTrip;

    internal long? Bandwidth => _options.Bandwidth;

    internal IPAddress? AddressSeenAt(int devicePort) => _options.DeviceSeesAddress?.Invoke(devicePort);

    /// <summary>Whether a device port is FTP's control port.</summary>
    internal bool IsControlPort(int devicePort) => devicePort == 21 || devicePort == PortOf(DeviceEndPoint);

    /// <summary>Where a device port really is: control port or 21 at the control end point, any other at the same host.</summary>
    internal EndPoint Resolve(int devicePort)
    {
        if (IsControlPort(devicePort))
        {
            return DeviceEndPoint;
        }

        return DeviceEndPoint switch
        {
            IPEndPoint ip => new IPEndPoint(ip.Address, devicePort),
            DnsEndPoint dns => new DnsEndPoint(dns.Host, devicePort),
            _ => DeviceEndPoint,
        };
    }

    private static int PortOf(EndPoint endPoint) => endPoint switch
    {
        IPEndPoint ip => ip.Port,
        DnsEndPoint dns => dns.Port,
        _ => -1,
    };
}
