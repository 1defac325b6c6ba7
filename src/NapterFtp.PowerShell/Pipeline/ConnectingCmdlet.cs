using System.Management.Automation;
using System.Management.Automation.Host;
using NapterFtp.PowerShell.Sessions;
using NapterFtp.Soracom;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>A cmdlet that signs in, or may have to.</summary>
public abstract class ConnectingCmdlet : AsyncCmdlet
{
    /// <summary>Signs in, asking the person at the console for credentials where there are none; the connection becomes the
    /// runspace's.</summary>
    private protected async Task<NapterConnection> SignInAsync(NapterConnectionOptions options, CancellationToken cancellationToken)
    {
        NapterConnection connection;
        try
        {
            connection = await NapterConnection.ConnectAsync(ModuleState.Instance.Log.AddTo(options), cancellationToken);
        }
        catch (NapterFtpException e) when (e.ErrorId == "CredentialsMissing")
        {
            if (await OnPipelineAsync(AskCredential, cancellationToken) is not { } credential)
            {
                throw;
            }

            options = options with { Credential = new SoracomCredential.Root(credential.UserName, credential.Password) };
            connection = await NapterConnection.ConnectAsync(ModuleState.Instance.Log.AddTo(options), cancellationToken);
        }

        ModuleState.Instance.Own(new OwnedThing(State, OwnedOrder.Connection, connection, connection.DisconnectAsync));
        var previous = State.CurrentIsHeld ? null : State.Current;
        State.Current = connection;
        State.CurrentIsHeld = false;
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
        if (Host.Name is "ConsoleHost" or "NapterFtp.Shell" && Console.IsInputRedirected)
        {
            return null;
        }

        try
        {
            return Host.UI?.PromptForCredential("Sign in to SORACOM", "Email address and password of the account.", null, "SORACOM");
        }
        catch (Exception e) when (e is HostException or PSInvalidOperationException or NotImplementedException or NotSupportedException)
        {
            return null;
        }
    }
}
