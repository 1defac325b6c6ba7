using System.Management.Automation;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;
using NapterFtp.Pulls;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Forgets schedules; the history of what they pulled stays.</summary>
[Cmdlet(VerbsLifecycle.Unregister, "NapterPull", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class UnregisterNapterPullCommand : PullStoreCmdlet
{
    /// <summary>The name; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(PullNameCompleter))]
    public string[] Name { get; set; } = [];

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        await using var store = await OpenStoreAsync(create: false, cancellationToken);
        foreach (var name in Name)
        {
            foreach (var pull in await FindPullsAsync(store, name, cancellationToken))
            {
                if (await ShouldProcessAsync(pull.Name, "Forget the schedule", cancellationToken))
                {
                    await new PullSchedules(store!).UnregisterAsync(pull.Name, cancellationToken);
                }
            }
        }
    }
}
