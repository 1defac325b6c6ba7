using System.Collections;
using System.Management.Automation;
using NapterFtp.PowerShell.Sessions;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>The account's SIMs for tab completion: asked for once a minute at most, and never waited for long.</summary>
internal static class SimCompletion
{
    private const int MostShown = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static IEnumerable<CompletionResult> Complete(string word, IDictionary bound, Func<NapterSim, string?> number)
    {
        var connection = bound["Connection"] as NapterConnection ?? ModuleState.Instance.ForThisRunspace().Current;
        if (connection?.TokenExpiresAt is null)
        {
            return [];
        }

        var wanted = NameCompletion.Unquote(word);
        return SimList.Of(connection, Patience)
            .Where(sim => number(sim) is { } value
                && (value.StartsWith(wanted, StringComparison.Ordinal) || sim.Name.Contains(wanted, StringComparison.OrdinalIgnoreCase)))
            .Take(MostShown)
            .Select(sim => NameCompletion.Result(
                NameCompletion.Quote(number(sim)!),
                sim.Name.Length > 0 ? $"{number(sim)} ({sim.Name})" : number(sim)!,
                CompletionResultType.ParameterValue,
                $"{(sim.Name.Length > 0 ? sim.Name : number(sim))}, {(sim.Online ? "online" : "offline")}"));
    }
}
