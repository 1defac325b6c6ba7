using System.Management.Automation;
using NapterFtp.PowerShell.Pipeline;
using NapterFtp.PowerShell.Sessions;
using NapterFtp.Simulator;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Stops simulators, all of this process where none is given.</summary>
[Cmdlet(VerbsLifecycle.Stop, "NapterSimulator", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class StopNapterSimulatorCommand : AsyncCmdlet
{
    /// <summary>What Start-NapterSimulator returned.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    public NapterSimulator[]? InputObject { get; set; }

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        foreach (var simulator in InputObject ?? ModuleState.Instance.Owned<NapterSimulator>())
        {
            if (await ShouldProcessAsync(simulator.ToString(), "Stop", cancellationToken))
            {
                await simulator.DisposeAsync();
                ModuleState.Instance.Disown(simulator);
            }
        }
    }
}
