using System.Management.Automation;
using NapterFtp.PowerShell.Pipeline;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Removes the forwardings that processes which have ended left on a router.</summary>
[Cmdlet(VerbsCommon.Remove, "NapterRouterRule", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RemoveNapterRouterRuleCommand : RouterRuleCmdlet
{
    /// <summary>Says that those are meant whose process has ended, or whose time is up: those in use end with who uses them.</summary>
    [Parameter(Mandatory = true)]
    public SwitchParameter Orphaned { get; set; }

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var connection = await GetConnectionAsync(cancellationToken);
        var session = connection.Routers.Of(Router);
        var state = await session.LookAsync(cancellationToken);
        var orphaned = Describe(session, state).Count(rule => rule.Orphaned);
        if (await ShouldProcessAsync($"Router {Router.Target}", $"Remove {orphaned} forwardings that have been left over", cancellationToken))
        {
            await session.RemoveOrphansAsync(cancellationToken);
        }
        else if (IsWhatIf && session.PreviewRemoval(state) is { } command)
        {
            var text = View.Lines($"Run on the router {Router.Target}: {command}");
            await OnPipelineAsync(() => ShouldProcess(text, text, MyInvocation.MyCommand.Name), cancellationToken);
        }
    }
}
