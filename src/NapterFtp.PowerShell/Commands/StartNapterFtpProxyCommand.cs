using System.Management.Automation;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using NapterFtp.PowerShell.Jobs;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;
using NapterFtp.Relay;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Listens for FTP clients and relays them to a device; returns a job whose output is one event for each step of each
/// Napter port's life.</summary>
[Cmdlet(VerbsLifecycle.Start, "NapterFtpProxy", SupportsShouldProcess = true)]
[OutputType(typeof(NapterFtpProxyJob))]
public sealed class StartNapterFtpProxyCommand : StartRelayCmdlet
{
    /// <summary>The FTP server's port on the device.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("RemotePort")]
    [ValidateRange(1, 65535)]
    public int DevicePort { get; set; } = 21;

    /// <summary>The local port that FTP clients connect to; 0 for any free one.</summary>
    [Parameter]
    [Alias("LocalPort")]
    [ValidateRange(0, 65535)]
    public int Port { get; set; } = 21;

    /// <summary>The local ports for data connections, such as 20000-20999; 0 for any free ones.</summary>
    [Parameter]
    public string? PassivePortRange { get; set; }

    /// <summary>The address announced to clients for data connections; else the one by which each reached the proxy.</summary>
    [Parameter]
    public IPAddress? PassiveAddress { get; set; }

    /// <summary>How long a data port is kept for reuse after its transfer; 0 closes it at once.</summary>
    [Parameter]
    [TimeSpanTransformation]
    [ValidateTimeSpan("00:00:00", "08:00:00")]
    public TimeSpan PortLinger { get; set; }

    /// <summary>Asks the device for the next data port ahead of a client that fetches file after file.</summary>
    [Parameter]
    public SwitchParameter Prefetch { get; set; }

    /// <summary>FTP sessions at once.</summary>
    [Parameter]
    [ValidateRange(1, 100_000)]
    public int? MaxSession { get; set; }

    /// <summary>How long a session may be idle.</summary>
    [Parameter]
    [TimeSpanTransformation]
    [ValidateTimeSpan("00:00:10", "1.00:00:00")]
    public TimeSpan? IdleTimeout { get; set; }

    /// <summary>Offers FTPS to local clients, with this certificate and its private key.</summary>
    [Parameter]
    public X509Certificate2? TlsCertificate { get; set; }

    /// <summary>Lets the device announce data ports below 1024, which are refused otherwise (RFC 2577).</summary>
    [Parameter]
    public SwitchParameter AllowLowDataPort { get; set; }

    /// <summary>Serves many devices: each client names its own in the login, as user@device, where the device is an IMSI, a SIM ID or
    /// a SIM's name.</summary>
    [Parameter]
    public SwitchParameter Fleet { get; set; }

    /// <summary>The devices that clients of a fleet's proxy may reach: wildcards over IMSI, SIM ID and name, tag:NAME or tag:NAME=VALUE.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? AllowedDevice { get; set; }

    private protected override bool NeedsDevice => !Fleet;

    private protected override Task BeginAsync(CancellationToken cancellationToken)
    {
        if (AllowedDevice is not null && !Fleet)
        {
            throw new NapterFtpException(
                "AllowedDeviceWithoutFleet",
                NapterFtpErrorKind.InvalidArgument,
                "-AllowedDevice is given without -Fleet.",
                "A proxy without -Fleet serves one device only: leave -AllowedDevice out, or give -Fleet.");
        }

        if (Fleet && (MyInvocation.ExpectingInput || Imsi is not null || SimId is not null || Service is not null || Router is not null))
        {
            throw new NapterFtpException(
                "DeviceWithFleet",
                NapterFtpErrorKind.InvalidArgument,
                "A device is chosen together with -Fleet.",
                "With -Fleet each client names its device in the login, as user@device: leave out -Imsi, -SimId, -Service, -Router and the pipeline's "
                + "input, and say with -AllowedDevice which devices there are.");
        }

        return base.BeginAsync(cancellationToken);
    }

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var device = GetDevice();
        var options = MakeOptions(device);
        var reaches = device is null ? $"port {options.PortMap.Describe(DevicePort)} of the device of their login, user@device" : $"{device} port {options.PortMap.Describe(DevicePort)}";
        if (!await ShouldProcessAsync(device is null ? $"port {options.PortMap.Describe(DevicePort)} of the fleet" : reaches, $"Relay FTP from {new IPEndPoint(ListenAddress, Port)}", cancellationToken))
        {
            if (IsWhatIf && Router is { } router)
            {
                await TellCommandsAsync(await GetConnectionAsync(cancellationToken), router, DevicePort, cancellationToken);
            }

            return;
        }

        var connection = await GetConnectionAsync(cancellationToken);
        var job = await NapterFtpProxyJob.StartAsync(await DescribeAsync(cancellationToken), connection, options, cancellationToken);
        await PublishAsync(
            job,
            $"""
            FTP clients connect to {Address(job.ListenEndPoint)} and reach {reaches}.
              What goes on: Get-NapterFtpProxy -Name '{job.Name}' -Watch
              To stop it:   Stop-NapterFtpProxy -Name '{job.Name}'
            """,
            cancellationToken);
        if (!IPAddress.IsLoopback(ListenAddress) && TlsCertificate is null)
        {
            EmitWarning($"Proxy '{job.Name}' can be reached from the network, where FTP passwords cross unencrypted. "
                + "Give -TlsCertificate to offer FTPS, and -AllowedClient to say who may connect.");
        }
    }

    /// <summary>What to give to an FTP client, where that is one address.</summary>
    private static string Address(IPEndPoint listens) =>
        listens.Address.Equals(IPAddress.Any) || listens.Address.Equals(IPAddress.IPv6Any) ? $"port {listens.Port} of this computer" : $"ftp://{listens}/";

    private FtpProxyOptions MakeOptions(DeviceTarget? device)
    {
        var ports = MapPorts(DevicePortMap);
        var options = new FtpProxyOptions
        {
            Device = device,
            DevicePort = DevicePort,
            PortMap = ports,
            Name = UniqueName(device, DevicePort, ports),
            ListenAddress = ListenAddress,
            Port = Port,
            PassiveAddress = PassiveAddress,
            SourceRanges = [.. AddressRange.Parse(SourceRange, nameof(SourceRange)).Select(range => range.ToString())],
            PortLinger = PortLinger,
            Prefetch = Prefetch,
            AllowedClients = AddressRange.Parse(AllowedClient, nameof(AllowedClient)),
            TlsCertificate = TlsCertificate,
            AllowLowDataPorts = AllowLowDataPort,
            Fleet = Fleet ? new FleetOptions { Allowed = new AllowedDevices(AllowedDevice ?? []) } : null,

            // Of many devices most may never be asked for.
            OpensAtStart = !MyInvocation.ExpectingInput,
        };
        return options with
        {
            PassivePorts = PassivePortRange is null ? options.PassivePorts : Relay.PassivePortRange.Parse(PassivePortRange),
            PortDuration = PortDuration ?? options.PortDuration,
            MaxSessions = MaxSession ?? options.MaxSessions,
            IdleTimeout = IdleTimeout ?? options.IdleTimeout,
        };
    }
}
