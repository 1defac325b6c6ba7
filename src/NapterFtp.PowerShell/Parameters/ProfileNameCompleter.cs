using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NapterFtp.Soracom;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>Completes the names of soracom-cli's profiles.</summary>
public sealed class ProfileNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var store = new ProfileStore(Environment.GetEnvironmentVariable);
        return NameCompletion.Complete(wordToComplete, store.Names.Select(name => (name, Path.Join(store.Directory!, name + ".json"))));
    }
}
