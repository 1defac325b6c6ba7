using System.Management.Automation;
using NapterFtp.PowerShell.Jobs;
using NapterFtp.PowerShell.Parameters;

namespace NapterFtp.PowerShell.Commands;

/// <summary>The tunnels that run in this session, with their counters.</summary>
[Cmdlet(VerbsCommon.Get, "NapterTunnel")]
[OutputType(typeof(NapterTunnel))]
public sealed class GetNapterTunnelCommand : PSCmdlet
{
    /// <summary>Names; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RelayNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var job in RunningJobs.Find<NapterTunnelJob>(this, JobRepository, Name, "Tunnel"))
        {
            WriteObject(job.Snapshot());
        }
    }
}
