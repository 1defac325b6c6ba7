using System.Globalization;
using System.Net;
using NapterFtp.Client;
using NapterFtp.Ports;
using NapterFtp.Transport;

namespace NapterFtp.Diagnosis;

/// <summary>What the steps of one check have come to. Disposing ends the session and gives back the ports.</summary>
internal sealed class CheckState(DeviceCheckOptions options) : IAsyncDisposable
{
    private NapterConnection? _connection;

    public DeviceCheckOptions Options { get; } = options;

    /// <summary>The name under which this check's ports are listed, and closed.</summary>
    public string Owner { get; } = "Test-NapterFtpDevice " + Guid.NewGuid().ToString("N")[..8];

    /// <summary>The device and port, for messages.</summary>
    public string Label { get; } = string.Create(CultureInfo.InvariantCulture, $"{options.Device}:{options.DevicePort}");

    public NapterConnection Connection
    {
        get => _connection ?? throw new InvalidOperationException("Nobody has signed in.");
        set => _connection = value;
    }

    public TimeProvider Time => Options.Time;

    public GatewayEvidence Evidence => new(this);

    /// <summary>The SIM as SORACOM describes it; null where it could not be looked up.</summary>
    public NapterSim? Sim { get; set; }

    /// <summary>How SORACOM's audit log names the device; null where that is not known.</summary>
    public string? Imsi => Sim?.Imsi ?? Options.Device.Imsi;

    public PortLease? ControlPort { get; set; }

    /// <summary>The connection to the gateway: TCP, then TLS over it; the session's once it has begun.</summary>
    public Connection? Gateway { get; set; }

    public DataPortPool? DataPorts { get; set; }

    public FtpClientSession? Session { get; set; }

    /// <summary>The device's answer to PASV where it is none that names a port.</summary>
    public string? PasvRefusal { get; set; }

    /// <summary>Where the device's 227 says that it listens, which tells of routers in between.</summary>
    public IPAddress? AnnouncedAddress { get; set; }

    /// <summary>The folder that is listed and written to.</summary>
    public string Folder { get; set; } = RemotePath.Root;

    /// <summary>The file uploaded that is still to be deleted.</summary>
    public string? TestFile { get; set; }

    /// <summary>The device's session is older than is likely where it does not answer either.</summary>
    public bool IsStale => Sim?.LastSeen is { } seen && Time.GetUtcNow() - seen > Options.StaleAfter;

    public async ValueTask DisposeAsync()
    {
        if (Session is { } session)
        {
            await session.DisposeAsync();
        }
        else if (Gateway is { } gateway)
        {
            await gateway.DisposeAsync();
        }

        if (DataPorts is { } dataPorts)
        {
            await dataPorts.DisposeAsync();
        }

        ControlPort?.Release();
    }
}
