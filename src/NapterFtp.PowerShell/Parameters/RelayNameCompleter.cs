using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NapterFtp.PowerShell.Jobs;
using NapterFtp.PowerShell.Sessions;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>Completes the names of the proxies that run, or of the tunnels or services where the command is about them.</summary>
public sealed class RelayNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        NameCompletion.Complete(wordToComplete, Find(commandName));

    private static IEnumerable<(string Name, string About)> Find(string commandName)
    {
        var (module, runspace) = (ModuleState.Instance, ModuleState.Instance.ForThisRunspace());
        return commandName.EndsWith("Tunnel", StringComparison.OrdinalIgnoreCase)
            ? module.Owned<NapterTunnelJob>(runspace).Select(job => (job.Name, $"listens on {job.ListenEndPoint}"))
            : commandName.EndsWith("PullService", StringComparison.OrdinalIgnoreCase)
                ? module.Owned<NapterPullServiceJob>(runspace).Select(job => (job.Name, $"runs the schedules of {job.Store}"))
                : module.Owned<NapterFtpProxyJob>(runspace).Select(job => (job.Name, $"listens on {job.ListenEndPoint}"));
    }
}
