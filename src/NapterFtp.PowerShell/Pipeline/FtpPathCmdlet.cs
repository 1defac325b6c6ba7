using System.Management.Automation;
using NapterFtp.PowerShell.Parameters;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>A cmdlet about items on devices, chosen by path and name.</summary>
public abstract class FtpPathCmdlet : FtpFilterCmdlet
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

    private protected override Task BeginAsync(CancellationToken cancellationToken)
    {
        Paths.Begin(Path, LiteralPath);
        return base.BeginAsync(cancellationToken);
    }
}
