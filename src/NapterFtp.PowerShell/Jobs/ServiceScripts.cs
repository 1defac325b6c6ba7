using System.Management.Automation;
using NapterFtp.Copy;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;
using NapterFtp.Pulls;

namespace NapterFtp.PowerShell.Jobs;

/// <summary>What a service has PowerShell do: it has no pipeline of its own, so each piece runs in a runspace made for it.</summary>
internal sealed class ServiceScripts(TimeProvider time)
{
    // Ten thousand devices of one schedule are not to ask a vault ten thousand times.
    private static readonly TimeSpan LoginAge = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly Dictionary<string, (long Found, FtpLogin Login)> _logins = new(StringComparer.Ordinal);

    /// <summary>The FTP login that a schedule names.</summary>
    /// <exception cref="NapterFtpException"><c>CredentialNotFound</c>.</exception>
    public async ValueTask<FtpLogin> FindLoginAsync(NapterPull pull, CancellationToken cancellationToken) =>
        pull.CredentialName is { } name ? await FindLoginAsync(pull, name, cancellationToken) : FtpLogin.Anonymous;

    /// <summary>A schedule's router with its login; null for a schedule without.</summary>
    /// <exception cref="NapterFtpException"><c>CredentialNotFound</c>, or that of <see cref="PullRouter.LogIn"/>.</exception>
    public async ValueTask<NapterRouter?> FindRouterAsync(NapterPull pull, CancellationToken cancellationToken) => pull.Router is { } router
        ? PullRouter.LogIn(router, pull.RouterCredentialName is { } name ? await FindLoginAsync(pull, name, cancellationToken) : null)
        : null;

    private async Task<FtpLogin> FindLoginAsync(NapterPull pull, string name, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (!_logins.TryGetValue(name, out var known) || time.GetElapsedTime(known.Found) > LoginAge)
            {
                known = (time.GetTimestamp(), FtpLogins.Of(await PullLogins.FindAsync(pull, name, secret => FindSecretAsync(secret, cancellationToken))));
                _logins[name] = known;
            }

            return known.Login;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Runs a schedule's script for a file.</summary>
    /// <exception cref="NapterFtpException"><c>OnCopiedFailed</c>.</exception>
    public static ValueTask RunAsync(string script, NapterFtpTransfer transfer, CancellationToken cancellationToken) => OnCopiedScript.RunAsync(
        () => InvokeAsync(shell => shell.AddCommand(script).AddArgument(transfer), cancellationToken), transfer);

    private static async Task<PSCredential?> FindSecretAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            var found = await InvokeAsync(
                shell => shell.AddCommand(PullLogins.SecretCommand).AddParameter("Name", name).AddParameter("ErrorAction", ActionPreference.Ignore), cancellationToken);
            return found.Select(result => result?.BaseObject).OfType<PSCredential>().FirstOrDefault();
        }
        catch (CommandNotFoundException)
        {
            return null;
        }
    }

    private static Task<IReadOnlyList<PSObject>> InvokeAsync(Action<System.Management.Automation.PowerShell> compose, CancellationToken cancellationToken) => Task.Run<IReadOnlyList<PSObject>>(
        () =>
        {
            using var shell = System.Management.Automation.PowerShell.Create(RunspaceMode.NewRunspace);
            compose(shell);
            using var stop = cancellationToken.Register(shell.Stop);
            try
            {
                return shell.Invoke();
            }
            catch (PipelineStoppedException) when (cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException(cancellationToken);
            }
        },
        cancellationToken);
}
