using System.Management.Automation;
using NapterFtp.PowerShell.Jobs;
using NapterFtp.PowerShell.Pipeline;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Stops services of this session. What they have not come to an end with, others go on with, or the next start.</summary>
[Cmdlet(VerbsLifecycle.Stop, "NapterPullService", SupportsShouldProcess = true, DefaultParameterSetName = NameSet)]
[OutputType(typeof(void))]
public sealed class StopNapterPullServiceCommand : StopJobCmdlet
{
    /// <summary>Jobs of Start-NapterPullService.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = JobSet)]
    public NapterPullServiceJob[] Job { get; set; } = [];

    private protected override Task ProcessAsync(CancellationToken cancellationToken) =>
        StopAsync(Job, () => RunningJobs.Find<NapterPullServiceJob>(this, JobRepository, Name, "Service"), cancellationToken);
}
