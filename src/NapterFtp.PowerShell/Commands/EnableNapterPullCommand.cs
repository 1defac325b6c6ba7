using System.Management.Automation;
using NapterFtp.PowerShell.Pipeline;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Lets schedules run at their times again.</summary>
[Cmdlet(VerbsLifecycle.Enable, "NapterPull", SupportsShouldProcess = true)]
[OutputType(typeof(NapterPull))]
public sealed class EnableNapterPullCommand : SwitchPullCmdlet
{
    private protected override bool Enables => true;
}
