using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NapterFtp.PowerShell.Jobs;
using NapterFtp.PowerShell.Sessions;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>Completes the names of the proxies that run, or of the tunnels where the command is about them.</summary>
public sealed class RelayNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        NameCompletion.Complete(wordToComplete, commandName.EndsWith("Tunnel", StringComparison.OrdinalIgnoreCase)
            ? ModuleState.Instance.Owned<NapterTunnelJob>(ModuleState.Instance.ForThisRunspace()).Select(job => (job.Name, $"listens on {job.ListenEndPoint}"))
            : ModuleState.Instance.Owned<NapterFtpProxyJob>(ModuleState.Instance.ForThisRunspace()).Select(job => (job.Name, $"listens on {job.ListenEndPoint}")));
}
