using System.Management.Automation;
using NapterFtp.Copy;
using NapterFtp.PowerShell.Parameters;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>A cmdlet about items on devices, chosen by path and name.</summary>
public abstract class FtpPathCmdlet : FtpCmdlet
{
    private protected PathChoice Paths { get; } = new();

    /// <summary>Paths on the device, from the login's folder; wildcards are allowed.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RemotePathCompleter))]
    public string[]? Path { get; set; }

    /// <summary>Paths on the device, taken as they are.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("FullName")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RemotePathCompleter))]
    public string[]? LiteralPath { get; set; }

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

    /// <summary>How long the device's ports are left open for the session's next command; 0 closes them at once.</summary>
    [Parameter]
    [TimeSpanTransformation]
    [ValidateTimeSpan("00:00:00", "08:00:00")]
    public TimeSpan PortLinger { get; set; }

    private protected override TimeSpan LingerTime => PortLinger;

    private protected ItemFilter MakeFilter() => new(Filter, Include, Exclude, null);

    private protected override Task BeginAsync(CancellationToken cancellationToken)
    {
        Paths.Begin(Path, LiteralPath);
        return base.BeginAsync(cancellationToken);
    }
}
