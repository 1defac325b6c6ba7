using System.Globalization;
using System.Management.Automation;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using NapterFtp.PowerShell.Jobs;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;
using NapterFtp.PowerShell.Sessions;
using NapterFtp.Proxy;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Listens for FTP clients and relays them to a device; returns a job whose output is one event for each step of each
/// Napter port's life.</summary>
[Cmdlet(VerbsLifecycle.Start, "NapterFtpProxy", SupportsShouldProcess = true)]
[OutputType(typeof(NapterFtpProxyJob))]
public sealed class StartNapterFtpProxyCommand : DeviceCmdlet
{
    /// <summary>The FTP server's port on the device.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("RemotePort")]
    [ValidateRange(1, 65535)]
    public int DevicePort { get; set; } = 21;

    /// <summary>The proxy's and its job's name.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>The local port that FTP clients connect to; 0 for any free one.</summary>
    [Parameter]
    [Alias("LocalPort")]
    [ValidateRange(0, 65535)]
    public int Port { get; set; } = 21;

    /// <summary>The local address that FTP clients connect to.</summary>
    [Parameter]
    public IPAddress ListenAddress { get; set; } = IPAddress.Loopback;

    /// <summary>The local ports for data connections, such as 50000-50100; 0 for any free ones.</summary>
    [Parameter]
    public string? PassivePortRange { get; set; }

    /// <summary>The address announced to clients for data connections; else the one by which each reached the proxy.</summary>
    [Parameter]
    public IPAddress? PassiveAddress { get; set; }

    /// <summary>The addresses that SORACOM lets connect, as CIDR ranges; else the one it sees this computer call from.</summary>
    [Parameter]
    public string[]? SourceRange { get; set; }

    /// <summary>How long each Napter port may live: up to 8 hours.</summary>
    [Parameter]
    [TimeSpanTransformation]
    [ValidateTimeSpan("00:01:00", "08:00:00")]
    public TimeSpan? PortDuration { get; set; }

    /// <summary>How long a data port is kept for reuse after its transfer; 0 closes it at once.</summary>
    [Parameter]
    [TimeSpanTransformation]
    [ValidateTimeSpan("00:00:00", "08:00:00")]
    public TimeSpan PortLinger { get; set; }

    /// <summary>The clients let in, as CIDR ranges; else whoever reaches the listening address.</summary>
    [Parameter]
    public string[]? AllowedClient { get; set; }

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

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var device = GetDevice()!;
        var options = MakeOptions(device);
        if (!await ShouldProcessAsync($"{device} port {DevicePort}", $"Relay FTP from {new IPEndPoint(ListenAddress, Port)}", cancellationToken))
        {
            return;
        }

        var connection = await GetConnectionAsync(cancellationToken);
        var (command, verbose, debug) = await OnPipelineAsync(
            () => (MyInvocation.MyCommand.Name, Wants("Verbose"), Wants("Debug")), cancellationToken);
        var job = await NapterFtpProxyJob.StartAsync(command, connection, options, verbose, debug, cancellationToken);
        ModuleState.Instance.Own(new OwnedThing(State, OwnedOrder.Job, job, () => job.StopAsync(TimeSpan.Zero, CancellationToken.None)));
        if (!IPAddress.IsLoopback(ListenAddress) && TlsCertificate is null)
        {
            EmitWarning($"Proxy '{job.Name}' can be reached from the network, where FTP passwords cross unencrypted. "
                + "Give -TlsCertificate to offer FTPS, and -AllowedClient to say who may connect.");
        }

        EmitForPerson($"FTP clients connect to {job.ListenEndPoint} and reach {device} port {DevicePort}. Stop with: Stop-NapterFtpProxy -Name '{job.Name}'");
        await OnPipelineAsync(() => Publish(job), cancellationToken);
    }

    private bool Publish(NapterFtpProxyJob job)
    {
        JobRepository.Add(job);
        WriteObject(job);
        return true;
    }

    private FtpProxyOptions MakeOptions(DeviceTarget device)
    {
        var options = new FtpProxyOptions
        {
            Device = device,
            DevicePort = DevicePort,
            Name = UniqueName(device),
            ListenAddress = ListenAddress,
            Port = Port,
            PassiveAddress = PassiveAddress,
            SourceRanges = [.. AddressRange.Parse(SourceRange, nameof(SourceRange)).Select(range => range.ToString())],
            PortLinger = PortLinger,
            AllowedClients = AddressRange.Parse(AllowedClient, nameof(AllowedClient)),
            TlsCertificate = TlsCertificate,
            AllowLowDataPorts = AllowLowDataPort,
        };
        return options with
        {
            PassivePorts = PassivePortRange is null ? options.PassivePorts : Proxy.PassivePortRange.Parse(PassivePortRange),
            PortDuration = PortDuration ?? options.PortDuration,
            MaxSessions = MaxSession ?? options.MaxSessions,
            IdleTimeout = IdleTimeout ?? options.IdleTimeout,
        };
    }

    /// <summary>Ports, events and lists go by the proxy's name, so that no two share one.</summary>
    private string UniqueName(DeviceTarget device)
    {
        var taken = ModuleState.Instance.Owned<RelayJob>().Select(job => job.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (Name is { } name)
        {
            return !taken.Contains(name)
                ? name
                : throw new NapterFtpException(
                    "ProxyNameInUse",
                    NapterFtpErrorKind.InUse,
                    $"A proxy named '{name}' runs already.",
                    $"Give another -Name, or stop that one first: Stop-NapterFtpProxy -Name '{name}'",
                    name);
        }

        var plain = string.Create(CultureInfo.InvariantCulture, $"{device}:{DevicePort}");
        return Enumerable.Range(1, int.MaxValue)
            .Select(number => number == 1 ? plain : string.Create(CultureInfo.InvariantCulture, $"{plain}#{number}"))
            .First(candidate => !taken.Contains(candidate));
    }
}
