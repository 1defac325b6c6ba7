using System.Management.Automation;
using NapterFtp.PowerShell.Jobs;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Stops proxies and closes their ports.</summary>
[Cmdlet(VerbsLifecycle.Stop, "NapterFtpProxy", SupportsShouldProcess = true, DefaultParameterSetName = NameSet)]
[OutputType(typeof(void))]
public sealed class StopNapterFtpProxyCommand : AsyncCmdlet
{
    private const string NameSet = "Name";
    private const string JobSet = "Job";

    /// <summary>Names; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = NameSet)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ProxyNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Jobs of Start-NapterFtpProxy.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = JobSet)]
    public NapterFtpProxyJob[] Job { get; set; } = [];

    /// <summary>How long running transfers may go on; the default ends them at once.</summary>
    [Parameter]
    [TimeSpanTransformation]
    [ValidateTimeSpan("00:00:00", "1.00:00:00")]
    public TimeSpan Drain { get; set; }

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var jobs = ParameterSetName == JobSet
            ? Job
            : await OnPipelineAsync(() => RunningJobs.Find<NapterFtpProxyJob>(this, JobRepository, Name, "Proxy").ToArray(), cancellationToken);
        var stopping = new List<Task>();
        foreach (var job in jobs)
        {
            if (await ShouldProcessAsync(job.Name, "Stop the proxy and close its ports", cancellationToken))
            {
                stopping.Add(job.StopAsync(Drain, cancellationToken));
            }
        }

        await Task.WhenAll(stopping);
    }
}
