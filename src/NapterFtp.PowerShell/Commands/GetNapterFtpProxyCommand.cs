using System.Management.Automation;
using NapterFtp.PowerShell.Jobs;
using NapterFtp.PowerShell.Parameters;

namespace NapterFtp.PowerShell.Commands;

/// <summary>The proxies that run in this session, with their counters.</summary>
[Cmdlet(VerbsCommon.Get, "NapterFtpProxy")]
[OutputType(typeof(NapterFtpProxy))]
public sealed class GetNapterFtpProxyCommand : PSCmdlet
{
    /// <summary>Names; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RelayNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var job in RunningJobs.Find<NapterFtpProxyJob>(this, JobRepository, Name, "Proxy"))
        {
            WriteObject(job.Snapshot());
        }
    }
}
