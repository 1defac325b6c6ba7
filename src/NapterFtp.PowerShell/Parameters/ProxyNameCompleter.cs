using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NapterFtp.PowerShell.Jobs;
using NapterFtp.PowerShell.Sessions;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>Completes the names of the proxies that run.</summary>
public sealed class ProxyNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        NameCompletion.Complete(
            wordToComplete,
            ModuleState.Instance.Owned<NapterFtpProxyJob>().Select(job => (job.Name, $"listens on {job.ListenEndPoint}")));
}
