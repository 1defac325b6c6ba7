using System.Management.Automation;
using NapterFtp.PowerShell.Pipeline;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Lists the forwardings that this module has made on a router, those of other processes as well.</summary>
[Cmdlet(VerbsCommon.Get, "NapterRouterRule")]
[OutputType(typeof(NapterRouterRule))]
public sealed class GetNapterRouterRuleCommand : RouterRuleCmdlet
{
    private protected override async Task ProcessAsync(CancellationToken cancellationToken) =>
        Emit(await LookAsync(await GetConnectionAsync(cancellationToken), cancellationToken), enumerate: true);
}
