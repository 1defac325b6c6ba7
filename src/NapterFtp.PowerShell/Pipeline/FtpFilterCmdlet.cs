using System.Management.Automation;
using NapterFtp.Copy;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>A cmdlet that chooses items on devices by their names.</summary>
public abstract class FtpFilterCmdlet : FtpItemCmdlet
{
    /// <summary>Only items whose names match this pattern.</summary>
    [Parameter]
    [SupportsWildcards]
    public string? Filter { get; set; }

    /// <summary>Only items whose names match one of these patterns.</summary>
    [Parameter]
    [SupportsWildcards]
    public string[]? Include { get; set; }

    /// <summary>Leaves out items whose names match one of these patterns.</summary>
    [Parameter]
    [SupportsWildcards]
    public string[]? Exclude { get; set; }

    private protected ItemFilter MakeFilter(DateTimeOffset? modifiedAfter = null) => new(Filter, Include, Exclude, modifiedAfter);
}
