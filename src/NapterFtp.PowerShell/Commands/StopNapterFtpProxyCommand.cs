using System.Management.Automation;
using NapterFtp.PowerShell.Jobs;
using NapterFtp.PowerShell.Pipeline;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Stops proxies and closes their ports.</summary>
[Cmdlet(VerbsLifecycle.Stop, "NapterFtpProxy", SupportsShouldProcess = true, DefaultParameterSetName = NameSet)]
[OutputType(typeof(void))]
public sealed class StopNapterFtpProxyCommand : StopJobCmdlet
{
    /// <summary>Jobs of Start-NapterFtpProxy.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = JobSet)]
    public NapterFtpProxyJob[] Job { get; set; } = [];

    private protected override Task ProcessAsync(CancellationToken cancellationToken) =>
        StopAsync(Job, () => RunningJobs.Find<NapterFtpProxyJob>(this, JobRepository, Name, "Proxy"), cancellationToken);
}
