using System.Management.Automation;
using NapterFtp.Client;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Lists files and folders on devices.</summary>
[Cmdlet(VerbsCommon.Get, "NapterFtpItem")]
[OutputType(typeof(NapterFtpItem))]
public sealed class GetNapterFtpItemCommand : FtpItemCmdlet
{
    private readonly PathChoice _paths = new();

    /// <summary>Paths on the device, from the login's folder; wildcards are allowed. Of a folder, what is in it is listed.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Path { get; set; }

    /// <summary>Paths on the device, taken as they are.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("FullName")]
    [ValidateNotNullOrEmpty]
    public string[]? LiteralPath { get; set; }

    /// <summary>Only items whose names match this pattern.</summary>
    [Parameter]
    [SupportsWildcards]
    public string? Filter { get; set; }

    /// <summary>Only items whose names match one of these patterns.</summary>
    [Parameter]
    [SupportsWildcards]
    public string[]? Include { get; set; }

    /// <summary>Leaves out items whose names match one of these patterns, and what is in such folders.</summary>
    [Parameter]
    [SupportsWildcards]
    public string[]? Exclude { get; set; }

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

    private protected override Task BeginAsync(CancellationToken cancellationToken)
    {
        _paths.Begin(Path, LiteralPath);
        return base.BeginAsync(cancellationToken);
    }

    private protected override Task ProcessAsync(CancellationToken cancellationToken) => WithDeviceAsync(ListAsync, cancellationToken);

    private async Task ListAsync(SessionKeeper keeper, CancellationToken cancellationToken)
    {
        var (paths, isLiteral) = _paths.Of(Path, LiteralPath, ["."]);
        var limitsDepth = MyInvocation.BoundParameters.ContainsKey(nameof(Depth));
        foreach (var path in paths)
        {
            var query = new RemoteQuery
            {
                Path = path,
                IsLiteral = isLiteral,
                Recurse = Recurse || limitsDepth,
                Depth = limitsDepth ? Depth : null,
                Filter = new ItemFilter(Filter, Include, Exclude),
            };
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
