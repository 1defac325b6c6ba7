using System.Management.Automation;
using NapterFtp.PowerShell.Jobs;
using NapterFtp.PowerShell.Pipeline;
using NapterFtp.PowerShell.Sessions;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Stops what runs on a connection, closes its ports and signs out.</summary>
[Cmdlet(VerbsCommunications.Disconnect, "Napter", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class DisconnectNapterCommand : AsyncCmdlet
{
    /// <summary>The connection to end; the runspace's current one where none is given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    public NapterConnection? Connection { get; set; }

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        if ((Connection ?? State.Current) is not { } connection)
        {
            EmitVerbose("There is no connection to end.");
            return;
        }

        if (!await ShouldProcessAsync(connection.ToString(), "Stop its proxies, close its ports and sign out", cancellationToken))
        {
            return;
        }

        if (ReferenceEquals(State.Current, connection))
        {
            State.Current = null;
        }

        await Task.WhenAll(ModuleState.Instance.Owned<ModuleJob>()
            .Where(job => ReferenceEquals(job.Connection, connection))
            .Select(job => job.StopAsync(TimeSpan.Zero, PortsLeft(), cancellationToken)));
        await connection.DisconnectAsync(PortsLeft(), cancellationToken);
        ModuleState.Instance.Disown(connection);
    }
}
