using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NapterFtp.Entries;
using NapterFtp.PowerShell.Sessions;
using NapterFtp.Pulls;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>Completes the names of schedules in the store that the command names.</summary>
public sealed class PullNameCompleter : IArgumentCompleter
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var pulls = Array.Empty<NapterPull>();
        var folder = CurrentFolder();
        Blocking.Wait(
            async () =>
            {
                var login = (fakeBoundParameters["StoreCredential"] as PSCredential)?.GetNetworkCredential();
                var address = StoreAddress.Parse(
                    fakeBoundParameters["Store"] as string,
                    login,
                    JournalOptions.DefaultFolder(Environment.GetEnvironmentVariable),
                    path => Path.GetFullPath(path, folder));
                using var limit = new CancellationTokenSource(Patience);
                await using var store = await PullStore.OpenAsync(new StoreOptions { Address = address, Create = false }, limit.Token);
                pulls = [.. await new PullSchedules(store).FindAsync("*", limit.Token)];
            },
            Patience);
        return NameCompletion.Complete(wordToComplete, pulls.Select(pull => (pull.Name, $"{pull.Trigger}: {string.Join(", ", pull.Path)}")));
    }

    /// <summary>Where relative paths begin: PowerShell's own folder, which is not the process's.</summary>
    private static string CurrentFolder()
    {
        using var shell = System.Management.Automation.PowerShell.Create(RunspaceMode.CurrentRunspace);
        return shell.AddCommand("Microsoft.PowerShell.Management\\Get-Location").AddParameter("PSProvider", "FileSystem").Invoke<PathInfo>().Single().ProviderPath;
    }
}
