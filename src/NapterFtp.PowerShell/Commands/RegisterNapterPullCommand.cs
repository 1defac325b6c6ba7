using System.Management.Automation;
using NapterFtp.PowerShell.Pipeline;
using NapterFtp.Pulls;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Makes a schedule: which devices to pull which files from, where to, and when.</summary>
[Cmdlet(VerbsLifecycle.Register, "NapterPull", SupportsShouldProcess = true)]
[OutputType(typeof(NapterPull))]
public sealed class RegisterNapterPullCommand : PullDefinitionCmdlet
{
    /// <summary>Its name.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = string.Empty;

    /// <summary>Replaces a schedule of the same name.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Registers it without letting it run at its times.</summary>
    [Parameter]
    public SwitchParameter Disabled { get; set; }

    private protected override bool FailureTerminates => true;

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var pull = await OnPipelineAsync(() => Apply(new NapterPull { Name = Name, TimeZone = LocalZone, Enabled = !Disabled }), cancellationToken);
        PullRules.Check(pull);
        RequirePassphraseName(pull);
        if (!await ShouldProcessAsync(pull.Name, "Register the schedule", cancellationToken))
        {
            return;
        }

        await using var store = await OpenStoreAsync(create: true, cancellationToken);
        Emit(await new PullSchedules(store!).RegisterAsync([pull], Force, cancellationToken), enumerate: true);
    }
}
