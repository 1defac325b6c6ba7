using System.Management.Automation;
using NapterFtp.PowerShell.Jobs;
using NapterFtp.PowerShell.Pipeline;

namespace NapterFtp.PowerShell.Commands;

/// <summary>The tunnels that run in this session, with their counters; or their ports, as long as they run.</summary>
[Cmdlet(VerbsCommon.Get, "NapterTunnel")]
[OutputType(typeof(NapterTunnel), typeof(NapterPortActivity))]
public sealed class GetNapterTunnelCommand : GetRelayCmdlet
{
    private protected override IEnumerable<RelayJob> Find(string[] names) => RunningJobs.Find<NapterTunnelJob>(this, JobRepository, names, "Tunnel");

    private protected override object SnapshotOf(RelayJob job) => ((NapterTunnelJob)job).Snapshot();
}
