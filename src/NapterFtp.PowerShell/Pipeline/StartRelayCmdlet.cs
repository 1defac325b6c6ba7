using System.Globalization;
using System.Management.Automation;
using System.Net;
using NapterFtp.PowerShell.Jobs;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Sessions;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>A cmdlet that listens on a local port and returns a job which relays to a device.</summary>
public abstract class StartRelayCmdlet : DeviceCmdlet
{
    /// <summary>The name, which is the job's too; else one made from the device.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>The ports of a router that lead to the device's where their numbers differ, such as 21=2121 and 40000-40030=50000-50030.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string[]? DevicePortMap { get; set; }

    /// <summary>A Linux router in front of the device, which is told what to forward; see New-NapterRouter.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public NapterRouter? Router { get; set; }

    private protected override NapterRouter? ChosenRouter => Router;

    /// <summary>The local address that clients connect to.</summary>
    [Parameter]
    public IPAddress ListenAddress { get; set; } = IPAddress.Loopback;

    /// <summary>The addresses that SORACOM lets connect, as CIDR ranges; else the one it sees this computer call from.</summary>
    [Parameter]
    public string[]? SourceRange { get; set; }

    /// <summary>How long a Napter port may live: up to 8 hours.</summary>
    [Parameter]
    [TimeSpanTransformation]
    [ValidateTimeSpan("00:01:00", "08:00:00")]
    public TimeSpan? PortDuration { get; set; }

    /// <summary>The clients let in, as CIDR ranges; else whoever reaches the listening address.</summary>
    [Parameter]
    public string[]? AllowedClient { get; set; }

    /// <summary>The name given, or one made from the device, or of a fleet. Ports, events and lists go by it, so that no two share one.</summary>
    /// <param name="device">The device.</param>
    /// <param name="devicePort">Its port.</param>
    /// <param name="ports">The router's ports.</param>
    /// <param name="part">What tells several that one command starts apart, where a name is given.</param>
    private protected string UniqueName(DeviceTarget? device, int devicePort, Ftp.DevicePortMap ports, string part = "")
    {
        var taken = ModuleState.Instance.Owned<RelayJob>().Select(job => job.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (Name is { } given)
        {
            var name = given + part;
            return !taken.Contains(name)
                ? name
                : throw new NapterFtpException(
                    "NameInUse",
                    NapterFtpErrorKind.InUse,
                    $"A proxy or tunnel named '{name}' runs already.",
                    "Give another -Name, or stop that one first.",
                    name);
        }

        var plain = ports.Label(device, devicePort);
        return Enumerable.Range(1, int.MaxValue)
            .Select(number => number == 1 ? plain : string.Create(CultureInfo.InvariantCulture, $"{plain}#{number}"))
            .First(candidate => !taken.Contains(candidate));
    }
}
