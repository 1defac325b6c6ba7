using System.Management.Automation;
using NapterFtp.PowerShell.Jobs;
using NapterFtp.PowerShell.Pipeline;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Stops tunnels and closes their ports.</summary>
[Cmdlet(VerbsLifecycle.Stop, "NapterTunnel", SupportsShouldProcess = true, DefaultParameterSetName = NameSet)]
[OutputType(typeof(void))]
public sealed class StopNapterTunnelCommand : StopJobCmdlet
{
    /// <summary>Jobs of Start-NapterTunnel.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = JobSet)]
    public NapterTunnelJob[] Job { get; set; } = [];

    private protected override Task ProcessAsync(CancellationToken cancellationToken) =>
        StopAsync(Job, () => RunningJobs.Find<NapterTunnelJob>(this, JobRepository, Name, "Tunnel"), cancellationToken);
}
