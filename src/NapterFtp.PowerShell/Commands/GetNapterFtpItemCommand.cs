using System.Management.Automation;
using NapterFtp.Copy;
using NapterFtp.PowerShell.Pipeline;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Lists files and folders on devices.</summary>
[Cmdlet(VerbsCommon.Get, "NapterFtpItem")]
[OutputType(typeof(NapterFtpItem))]
public sealed class GetNapterFtpItemCommand : FtpPathCmdlet
{
    /// <summary>Lists folders within folders too.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    /// <summary>How many folders deep to go; implies Recurse.</summary>
    [Parameter]
    [ValidateRange(0, 64)]
    public int Depth { get; set; }

    /// <summary>Only files.</summary>
    [Parameter]
    public SwitchParameter File { get; set; }

    /// <summary>Only folders.</summary>
    [Parameter]
    public SwitchParameter Directory { get; set; }

    private protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        var (paths, isLiteral) = Paths.Of(Path, LiteralPath, ["."]);
        var limitsDepth = MyInvocation.BoundParameters.ContainsKey(nameof(Depth));
        var filter = MakeFilter();
        AddTask((keeper, token) => ListAsync(
            keeper,
            paths.Select(path => new RemoteQuery
            {
                Path = path,
                IsLiteral = isLiteral,
                Recurse = Recurse || limitsDepth,
                Depth = limitsDepth ? Depth : null,
                Filter = filter,
            }),
            token));
        return Task.CompletedTask;
    }

    private async Task ListAsync(SessionKeeper keeper, IEnumerable<RemoteQuery> queries, CancellationToken cancellationToken)
    {
        foreach (var query in queries)
        {
            try
            {
                await foreach (var (entry, _) in new ItemFinder(keeper, error => EmitError(error)).FindAsync(query, cancellationToken))
                {
                    if (IsWanted(entry.Type))
                    {
                        Emit(entry.ToItem(keeper.Client));
                    }
                }
            }
            catch (NapterFtpException exception) when (exception.ErrorId == "RemoteItemNotFound")
            {
                EmitError(exception);
            }
        }
    }

    private bool IsWanted(NapterFtpItemType type) =>
        File == Directory || (Directory ? type == NapterFtpItemType.Directory : type != NapterFtpItemType.Directory);
}
