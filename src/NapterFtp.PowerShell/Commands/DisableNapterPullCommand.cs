using System.Management.Automation;
using NapterFtp.PowerShell.Pipeline;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Lets schedules run no more, without forgetting them.</summary>
[Cmdlet(VerbsLifecycle.Disable, "NapterPull", SupportsShouldProcess = true)]
[OutputType(typeof(NapterPull))]
public sealed class DisableNapterPullCommand : SwitchPullCmdlet
{
    private protected override bool Enables => false;
}
