using System.Management.Automation;
using System.Management.Automation.Host;
using NapterFtp.PowerShell.Sessions;
using NapterFtp.Soracom;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>Signs in for a command, asking the person at the console for credentials where there are none.</summary>
/// <param name="state">The runspace, whose connection it becomes.</param>
/// <param name="host">Where the person is.</param>
/// <param name="onPipeline">Asks on the pipeline's thread.</param>
internal sealed class SignIn(RunspaceState state, PSHost host, Func<Func<PSCredential?>, CancellationToken, Task<PSCredential?>> onPipeline)
{
    /// <summary>Makes a connection, in place of one that nobody can reach any more then.</summary>
    public async Task<NapterConnection> RunAsync(NapterConnectionOptions options, CancellationToken cancellationToken)
    {
        NapterConnection connection;
        try
        {
            connection = await NapterConnection.ConnectAsync(ModuleState.Instance.Log.AddTo(options), cancellationToken);
        }
        catch (NapterFtpException e) when (e.ErrorId == "CredentialsMissing")
        {
            if (await onPipeline(AskCredential, cancellationToken) is not { } credential)
            {
                throw;
            }

            options = options with { Credential = new SoracomCredential.Root(credential.UserName, credential.Password) };
            connection = await NapterConnection.ConnectAsync(ModuleState.Instance.Log.AddTo(options), cancellationToken);
        }

        ModuleState.Instance.Own(new OwnedThing(state, OwnedOrder.Connection, connection, connection.DisconnectAsync));
        var previous = state.CurrentIsHeld ? null : state.Current;
        state.Current = connection;
        state.CurrentIsHeld = false;
        if (previous is not null && !ModuleState.Instance.IsUsed(previous))
        {
            // Nobody can reach it any more.
            await previous.DisconnectAsync();
            ModuleState.Instance.Disown(previous);
        }

        return connection;
    }

    private PSCredential? AskCredential()
    {
        // A console whose input is no keyboard has nobody to ask: a scheduled task would wait for ever.
        if (host.Name is "ConsoleHost" or "NapterFtp.Shell" && Console.IsInputRedirected)
        {
            return null;
        }

        try
        {
            return host.UI?.PromptForCredential("Sign in to SORACOM", "Email address and password of the account.", null, "SORACOM");
        }
        catch (Exception e) when (e is HostException or PSInvalidOperationException or NotImplementedException or NotSupportedException)
        {
            return null;
        }
    }
}
