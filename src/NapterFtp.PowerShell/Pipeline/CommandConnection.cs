using NapterFtp.PowerShell.Sessions;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>The connection that a command works through: the one given, else the runspace's, else one that is made as Connect-Napter
/// without parameters does. In use until the command's end.</summary>
internal sealed class CommandConnection : IDisposable
{
    private readonly object _lock = new();
    private readonly Dictionary<NapterConnection, IDisposable> _uses = [];

    /// <summary>Finds or makes it.</summary>
    /// <param name="given">What the user gave; null for nothing.</param>
    /// <param name="state">The runspace.</param>
    /// <param name="signIn">Makes one.</param>
    /// <param name="tell">Told that one is made.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<NapterConnection> GetAsync(
        NapterConnection? given, RunspaceState state, SignIn signIn, Action<string> tell, CancellationToken cancellationToken)
    {
        var connection = given is not null ? Checked(given)
            : state.Current is { TokenExpiresAt: not null } current ? current
            : await MakeAsync(signIn, tell, cancellationToken);
        lock (_lock)
        {
            if (!_uses.ContainsKey(connection))
            {
                _uses.Add(connection, ModuleState.Instance.Use(connection));
            }
        }

        return connection;
    }

    /// <summary>The command needs it no more.</summary>
    public void Dispose()
    {
        foreach (var use in _uses.Values)
        {
            use.Dispose();
        }
    }

    private static NapterConnection Checked(NapterConnection given) =>
        given.TokenExpiresAt is not null
            ? given
            : throw new NapterFtpException(
                "ConnectionClosed",
                NapterFtpErrorKind.InvalidArgument,
                "The connection given has been closed.",
                "Make a new one with Connect-Napter -PassThru.",
                given);

    private static Task<NapterConnection> MakeAsync(SignIn signIn, Action<string> tell, CancellationToken cancellationToken)
    {
        tell("No connection in this session yet; signing in as Connect-Napter does without parameters.");
        return signIn.RunAsync(new NapterConnectionOptions(), cancellationToken);
    }
}
