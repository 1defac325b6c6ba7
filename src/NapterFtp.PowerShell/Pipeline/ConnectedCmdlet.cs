using System.Management.Automation;
using NapterFtp.PowerShell.Sessions;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>A cmdlet that works through a connection: the one given, else the runspace's, else one it makes as Connect-Napter
/// without parameters does.</summary>
public abstract class ConnectedCmdlet : ConnectingCmdlet
{
    private readonly object _lock = new();
    private readonly Dictionary<NapterConnection, IDisposable> _uses = [];

    /// <summary>The connection to use.</summary>
    [Parameter]
    [ValidateNotNull]
    public NapterConnection? Connection { get; set; }

    private protected async Task<NapterConnection> GetConnectionAsync(CancellationToken cancellationToken)
    {
        var connection = await FindConnectionAsync(cancellationToken);
        lock (_lock)
        {
            if (!_uses.ContainsKey(connection))
            {
                _uses.Add(connection, ModuleState.Instance.Use(connection));
            }
        }

        return connection;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var use in _uses.Values)
            {
                use.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    private async Task<NapterConnection> FindConnectionAsync(CancellationToken cancellationToken)
    {
        if (Connection is { } given)
        {
            return given.TokenExpiresAt is not null
                ? given
                : throw new NapterFtpException(
                    "ConnectionClosed",
                    NapterFtpErrorKind.InvalidArgument,
                    "The connection given has been closed.",
                    "Make a new one with Connect-Napter -PassThru.",
                    given);
        }

        if (State.Current is { TokenExpiresAt: not null } current)
        {
            return current;
        }

        EmitVerbose("No connection in this session yet; signing in as Connect-Napter does without parameters.");
        return await SignInAsync(new NapterConnectionOptions(), cancellationToken);
    }
}
