using System.Management.Automation;
using System.Net;
using NapterFtp.PowerShell.Jobs;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;
using NapterFtp.Relay;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Listens on a local TCP port that reaches one TCP port of a device, over TLS outside; returns a job whose output is one
/// event for each step of each Napter port's life.</summary>
[Cmdlet(VerbsLifecycle.Start, "NapterTunnel", SupportsShouldProcess = true)]
[OutputType(typeof(NapterTunnelJob))]
public sealed class StartNapterTunnelCommand : StartRelayCmdlet
{
    /// <summary>The TCP ports on the device; each gets a tunnel of its own.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("RemotePort")]
    [ValidateRange(1, 65535)]
    public int[] DevicePort { get; set; } = [];

    /// <summary>The local port that clients connect to, one for each of the device's; 0 for any free one.</summary>
    [Parameter]
    [Alias("LocalPort")]
    [ValidateRange(0, 65535)]
    public int[] Port { get; set; } = [0];

    /// <summary>How long the Napter port is kept after the last connection.</summary>
    [Parameter]
    [TimeSpanTransformation]
    [ValidateTimeSpan("00:00:00", "08:00:00")]
    public TimeSpan? PortLinger { get; set; }

    /// <summary>Connections at once.</summary>
    [Parameter]
    [ValidateRange(1, 100_000)]
    public int? MaxConnection { get; set; }

    /// <summary>Silence in both directions after which a connection is ended.</summary>
    [Parameter]
    [TimeSpanTransformation]
    [ValidateTimeSpan("00:00:01", "1.00:00:00")]
    public TimeSpan? IdleTimeout { get; set; }

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var device = GetDevice()!;
        var ports = DevicePort.Distinct().ToArray();
        if (Port.Length != ports.Length && Port is not [0])
        {
            throw new NapterFtpException(
                "ParametersContradict",
                NapterFtpErrorKind.InvalidArgument,
                $"-Port has {Port.Length} ports for the {ports.Length} of -DevicePort.",
                "Give as many in the same order, or leave -Port out for any free ones.",
                device.ToString());
        }

        for (var i = 0; i < ports.Length; i++)
        {
            try
            {
                await StartAsync(device, ports[i], Port is [0] ? 0 : Port[i], ports.Length > 1, cancellationToken);
            }
            catch (NapterFtpException exception) when (ports.Length > 1)
            {
                // One port's trouble is not the others'.
                EmitError(exception);
            }
        }
    }

    private async Task StartAsync(DeviceTarget device, int devicePort, int port, bool isOneOfSeveral, CancellationToken cancellationToken)
    {
        var options = MakeOptions(device, devicePort, port, isOneOfSeveral);
        if (!await ShouldProcessAsync($"{device} port {options.PortMap.Describe(devicePort)}", $"Relay TCP from {new IPEndPoint(ListenAddress, port)}", cancellationToken))
        {
            if (IsWhatIf && Router is { } router)
            {
                await TellCommandsAsync(await GetConnectionAsync(cancellationToken), router, devicePort, cancellationToken);
            }

            return;
        }

        var connection = await GetConnectionAsync(cancellationToken);
        var job = await NapterTunnelJob.StartAsync(await DescribeAsync(cancellationToken), connection, options, cancellationToken);
        await PublishAsync(
            job,
            $"""
            Clients connect to {job.ListenEndPoint} and reach {device} port {options.PortMap.Describe(devicePort)}.
              What goes on: Get-NapterTunnel -Name '{job.Name}' -Watch
              To stop it:   Stop-NapterTunnel -Name '{job.Name}'
            """,
            cancellationToken);
        if (!IPAddress.IsLoopback(ListenAddress) && AllowedClient is null)
        {
            EmitWarning($"Tunnel '{job.Name}' can be reached from the network: whoever does, reaches the device. "
                + "Say with -AllowedClient who may.");
        }
    }

    private TcpTunnelOptions MakeOptions(DeviceTarget device, int devicePort, int port, bool isOneOfSeveral)
    {
        var ports = MapPorts(DevicePortMap);
        var options = new TcpTunnelOptions
        {
            Device = device,
            DevicePort = devicePort,
            PortMap = ports,
            Name = UniqueName(device, devicePort, ports, isOneOfSeveral ? $":{devicePort}" : ""),
            ListenAddress = ListenAddress,
            Port = port,
            SourceRanges = [.. AddressRange.Parse(SourceRange, nameof(SourceRange)).Select(range => range.ToString())],
            AllowedClients = AddressRange.Parse(AllowedClient, nameof(AllowedClient)),
        };
        return options with
        {
            PortDuration = PortDuration ?? options.PortDuration,
            PortLinger = PortLinger ?? options.PortLinger,
            MaxConnections = MaxConnection ?? options.MaxConnections,
            IdleTimeout = IdleTimeout ?? options.IdleTimeout,
        };
    }
}
