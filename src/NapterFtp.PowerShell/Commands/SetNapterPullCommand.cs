using System.Management.Automation;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;
using NapterFtp.Pulls;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Changes a schedule: what is given takes the place of what it had, the rest stays.</summary>
[Cmdlet(VerbsCommon.Set, "NapterPull", SupportsShouldProcess = true)]
[OutputType(typeof(NapterPull))]
public sealed class SetNapterPullCommand : PullDefinitionCmdlet
{
    /// <summary>Its name.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(PullNameCompleter))]
    public string Name { get; set; } = string.Empty;

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        if (!await ShouldProcessAsync(Name, "Change the schedule", cancellationToken))
        {
            return;
        }

        await using var store = await OpenStoreAsync(create: false, cancellationToken) ?? throw PullSchedules.NotFound(Name);

        var change = await OnPipelineAsync(() => Apply(new NapterPull { Name = Name }), cancellationToken);
        Emit(await new PullSchedules(store).ChangeAsync(Name, pull => Apply(pull, change), cancellationToken));
    }
}
