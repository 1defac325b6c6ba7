using System.Management.Automation;
using NapterFtp.PowerShell.Jobs;
using NapterFtp.PowerShell.Parameters;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>A cmdlet that stops running jobs of one kind.</summary>
public abstract class StopJobCmdlet : AsyncCmdlet
{
    private protected const string NameSet = "Name";
    private protected const string JobSet = "Job";

    /// <summary>Names; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = NameSet)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RelayNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>How long what runs through it may go on; the default ends it at once.</summary>
    [Parameter]
    [TimeSpanTransformation]
    [ValidateTimeSpan("00:00:00", "1.00:00:00")]
    public TimeSpan Drain { get; set; }

    /// <summary>Stops what was chosen, all at the same time.</summary>
    /// <param name="given">The jobs given, where they are chosen so.</param>
    /// <param name="find">Finds jobs by name.</param>
    /// <param name="cancellationToken">Cuts the drain short.</param>
    private protected async Task StopAsync(
        IEnumerable<ModuleJob> given, Func<IEnumerable<ModuleJob>> find, CancellationToken cancellationToken)
    {
        var jobs = ParameterSetName == JobSet ? given : await OnPipelineAsync(() => find().ToArray(), cancellationToken);
        var stopping = new List<Task>();
        foreach (var job in jobs)
        {
            if (await ShouldProcessAsync(job.Name, "Stop and close its ports", cancellationToken))
            {
                stopping.Add(job.StopAsync(Drain, PortsLeft(stopping.Count + 1, job.Name), cancellationToken));
            }
        }

        await Task.WhenAll(stopping);
    }
}
