using System.Management.Automation;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;

namespace NapterFtp.PowerShell.Commands;

/// <summary>The schedules, each with its last and its next run.</summary>
[Cmdlet(VerbsCommon.Get, "NapterPull")]
[OutputType(typeof(NapterPull))]
public sealed class GetNapterPullCommand : PullStoreCmdlet
{
    /// <summary>The name; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(PullNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        await using var store = await OpenStoreAsync(create: false, cancellationToken);
        foreach (var name in Name)
        {
            Emit(await FindPullsAsync(store, name, cancellationToken), enumerate: true);
        }
    }
}
