using System.Management.Automation;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;
using NapterFtp.Pulls;
using NapterFtp.Pulls.Service;

namespace NapterFtp.PowerShell.Commands;

/// <summary>The services of a store, on whichever computers they run: what they do, and what is still to be done.</summary>
[Cmdlet(VerbsCommon.Get, "NapterPullService")]
[OutputType(typeof(NapterPullService))]
public sealed class GetNapterPullServiceCommand : PullStoreCmdlet
{
    /// <summary>The services' names; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RelayNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        await using var store = await OpenStoreAsync(create: false, cancellationToken);
        if (store is null)
        {
            return;
        }

        using var life = new HistoryOwner(HistoryOwnerOptions.For(StoreNames.StateFolder));
        var members = await new PullMembers(store).FindAsync(life, cancellationToken);
        foreach (var name in Name)
        {
            Emit(NamePattern.Find(members, name, member => member.Name), enumerate: true);
        }

        var backlog = await new PullQueue(store).BacklogAsync(cancellationToken);
        if (backlog is { Queued: > 0 } or { Waiting: > 0 } && !members.Any(member => member.State == NapterPullServiceState.Running))
        {
            EmitWarning($"No service runs the schedules of {store.Address}: {backlog.Queued} runs and {backlog.Waiting} devices wait. Start one with Start-NapterPullService.");
        }
    }
}
