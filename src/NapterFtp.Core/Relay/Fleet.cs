using System.Net;
using NapterFtp.Ftp;
using NapterFtp.Soracom;

namespace NapterFtp.Relay;

/// <summary>The devices behind one local port: what a client's session needs once the client has named its device.</summary>
internal sealed class Fleet(FleetOptions options, SharedPorts ports, TimeProvider time)
{
    private readonly FleetDirectory _directory = new(
        options.Sims ?? throw new ArgumentException("A fleet needs a list of SIMs.", nameof(options)), options.Allowed, time);

    /// <inheritdoc cref="FleetDirectory.FindAsync"/>
    public Task<FleetFinding> FindAsync(string text, CancellationToken cancellationToken) => _directory.FindAsync(text, cancellationToken);

    /// <summary>What a session shares with the others of its device.</summary>
    /// <param name="services">What it shares with all sessions of the proxy.</param>
    /// <param name="device">The device.</param>
    public SessionServices ServicesFor(SessionServices services, DeviceTarget device) => services with
    {
        Options = services.Options with { Device = device },
        ControlPort = ports.Of(device),
        Traits = options.TraitsOf?.Invoke(device) ?? new DeviceTraits(),
    };
}

/// <summary>Which devices a proxy serves, and what it asks about them.</summary>
internal sealed record FleetOptions
{
    /// <summary>The devices that clients may reach.</summary>
    public required AllowedDevices Allowed { get; init; }

    /// <summary>SORACOM's SIMs; null for those of the proxy's connection.</summary>
    public ISimSource? Sims { get; init; }

    /// <summary>What is known of a device's FTP server; null for the proxy's connection's.</summary>
    public Func<DeviceTarget, DeviceTraits>? TraitsOf { get; init; }

    /// <summary>A proxy that the network can reach must say who may reach what through it.</summary>
    /// <exception cref="NapterFtpException"><c>FleetNotLimited</c>.</exception>
    public void Check(RelayOptions relay)
    {
        if (!IPAddress.IsLoopback(relay.ListenAddress) && (Allowed.AreAll || relay.AllowedClients.Count == 0))
        {
            throw new NapterFtpException(
                "FleetNotLimited",
                NapterFtpErrorKind.InvalidArgument,
                $"On {relay.ListenAddress} every client of the network could reach every device of the account.",
                "Say with -AllowedDevice which devices, such as 'tag:site=plant 1' or '*', and with -AllowedClient from where, such as 192.168.10.0/24; "
                + "or let it listen on 127.0.0.1.",
                relay.ListenAddress);
        }
    }
}

/// <summary>The login of a client that names its device: <c>user@device</c>, split at the last <c>@</c>.</summary>
/// <param name="User">What the device gets: the bytes before the last <c>@</c>.</param>
/// <param name="Device">What follows it: an IMSI, a SIM ID or a name.</param>
internal sealed record FleetUser(ReadOnlyMemory<byte> User, string Device)
{
    /// <summary>Reads the argument of USER; null where either part is missing.</summary>
    public static FleetUser? Parse(ReadOnlyMemory<byte> argument)
    {
        var at = argument.Span.LastIndexOf((byte)'@');
        var device = System.Text.Encoding.UTF8.GetString(argument.Span[(at + 1)..]).Trim();
        return at > 0 && device.Length > 0 ? new FleetUser(argument[..at], device) : null;
    }

    /// <summary>The command for the device.</summary>
    public FtpCommand Command => FtpCommand.Create("USER", User.Span);
}
