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

    /// <summary>The name given, or one made from the device. Ports, events and lists go by it, so that no two share one.</summary>
    private protected string UniqueName(DeviceTarget device, int devicePort)
    {
        var taken = ModuleState.Instance.Owned<RelayJob>().Select(job => job.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (Name is { } name)
        {
            return !taken.Contains(name)
                ? name
                : throw new NapterFtpException(
                    "NameInUse",
                    NapterFtpErrorKind.InUse,
                    $"A proxy or tunnel named '{name}' runs already.",
                    "Give another -Name, or stop that one first.",
                    name);
        }

        var plain = string.Create(CultureInfo.InvariantCulture, $"{device}:{devicePort}");
        return Enumerable.Range(1, int.MaxValue)
            .Select(number => number == 1 ? plain : string.Create(CultureInfo.InvariantCulture, $"{plain}#{number}"))
            .First(candidate => !taken.Contains(candidate));
    }

    /// <summary>What a job needs to know of this command: its name, and whether its verbose and debug output is wanted.</summary>
    private protected Task<JobRequest> DescribeAsync(CancellationToken cancellationToken) => OnPipelineAsync(
        () => new JobRequest(MyInvocation.MyCommand.Name, Wants("Verbose"), Wants("Debug")), cancellationToken);

    /// <summary>Hands the running job to the session, which ends it with itself.</summary>
    /// <param name="job">The job.</param>
    /// <param name="message">Tells the person at the console what to do with it.</param>
    /// <param name="cancellationToken">Ends the job instead.</param>
    private protected async Task PublishAsync(RelayJob job, string message, CancellationToken cancellationToken)
    {
        ModuleState.Instance.Own(new OwnedThing(State, OwnedOrder.Job, job, () => job.StopAsync(TimeSpan.Zero, CancellationToken.None)));
        try
        {
            EmitForPerson(message);
            await OnPipelineAsync(
                () =>
                {
                    JobRepository.Add(job);
                    WriteObject(job);
                    return true;
                },
                cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await job.StopAsync(TimeSpan.Zero, CancellationToken.None);
            throw;
        }
    }
}
