using System.Management.Automation;
using NapterFtp.PowerShell.Jobs;
using NapterFtp.PowerShell.Pipeline;

namespace NapterFtp.PowerShell.Commands;

/// <summary>The proxies that run in this session, with their counters; or their ports, as long as they run.</summary>
[Cmdlet(VerbsCommon.Get, "NapterFtpProxy")]
[OutputType(typeof(NapterFtpProxy), typeof(NapterPortActivity))]
public sealed class GetNapterFtpProxyCommand : GetRelayCmdlet
{
    private protected override IEnumerable<RelayJob> Find(string[] names) => RunningJobs.Find<NapterFtpProxyJob>(this, JobRepository, names, "Proxy");

    private protected override object SnapshotOf(RelayJob job) => ((NapterFtpProxyJob)job).Snapshot();
}
