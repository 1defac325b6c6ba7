using System.Management.Automation;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.Pulls;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>A cmdlet that enables or disables schedules.</summary>
public abstract class SwitchPullCmdlet : PullStoreCmdlet
{
    /// <summary>The name; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(PullNameCompleter))]
    public string[] Name { get; set; } = [];

    private protected abstract bool Enables { get; }

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        await using var store = await OpenStoreAsync(create: false, cancellationToken);
        foreach (var name in Name)
        {
            foreach (var pull in await FindPullsAsync(store, name, cancellationToken))
            {
                if (await ShouldProcessAsync(pull.Name, Enables ? "Enable the schedule" : "Disable the schedule", cancellationToken))
                {
                    Emit(await new PullSchedules(store!).ChangeAsync(pull.Name, found => found with { Enabled = Enables }, cancellationToken));
                }
            }
        }
    }
}
