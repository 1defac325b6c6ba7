using System.Management.Automation;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>A cmdlet that works through a connection and is about no single device.</summary>
public abstract class ConnectedCmdlet : AsyncCmdlet
{
    private readonly CommandConnection _connection = new();

    /// <summary>The connection to use.</summary>
    [Parameter]
    [ValidateNotNull]
    public NapterConnection? Connection { get; set; }

    private protected Task<NapterConnection> GetConnectionAsync(CancellationToken cancellationToken) =>
        _connection.GetAsync(Connection, State, SignIn, EmitVerbose, cancellationToken);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _connection.Dispose();
        }

        base.Dispose(disposing);
    }
}
