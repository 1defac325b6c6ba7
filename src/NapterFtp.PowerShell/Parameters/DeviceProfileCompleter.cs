using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NapterFtp.Simulator.Device;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>Completes the names of the simulator's device profiles.</summary>
public sealed class DeviceProfileCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        NameCompletion.Complete(wordToComplete, DeviceProfiles.All.Select(profile => (profile.Name, profile.Description)));
}
