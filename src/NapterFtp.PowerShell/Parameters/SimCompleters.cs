using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>Completes IMSIs of the account's SIMs, by number or by name.</summary>
public sealed class ImsiCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        SimCompletion.Complete(wordToComplete, fakeBoundParameters, sim => sim.Imsi);
}

/// <summary>Completes SIM IDs, by number or by name.</summary>
public sealed class SimIdCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        SimCompletion.Complete(wordToComplete, fakeBoundParameters, sim => sim.SimId);
}
