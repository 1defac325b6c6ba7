using System.Management.Automation;
using NapterFtp.Copy;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Copies files from devices, or to them. A file appears under its name only when it is whole and verified.</summary>
[Cmdlet(VerbsCommon.Copy, "NapterFtpItem", SupportsShouldProcess = true)]
[OutputType(typeof(NapterFtpTransfer))]
public sealed class CopyNapterFtpItemCommand : FtpTransferCmdlet
{
    private readonly PathChoice _paths = new();

    // Boxed, for the engine lays out this class before the module's load context can find NapterFtp.Core.
    private object? _ifExists;

    /// <summary>What to copy; wildcards are allowed.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RemotePathCompleter))]
    public string[]? Path { get; set; }

    /// <summary>What to copy, taken as it is.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("FullName")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RemotePathCompleter))]
    public string[]? LiteralPath { get; set; }

    /// <summary>Where to. <c>{Imsi}</c>, <c>{SimId}</c>, <c>{Name}</c> and <c>{DevicePort}</c> stand for the device's.</summary>
    [Parameter(Position = 2, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RemotePathCompleter))]
    public string Destination { get; set; } = ".";

    /// <summary>The device's name, for <c>{Name}</c> in the destination.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Name")]
    public string? DeviceName { get; set; }

    /// <summary>Copies folders with all that is in them.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    /// <summary>What to do where the destination has a file already.</summary>
    [Parameter]
    public NapterFtpIfExists IfExists
    {
        get => (NapterFtpIfExists)(_ifExists ?? NapterFtpIfExists.Overwrite);
        set => _ifExists = value;
    }

    /// <summary>Deletes each source once its copy is verified and in place.</summary>
    [Parameter]
    public SwitchParameter RemoveSource { get; set; }

    private protected override Task BeginAsync(CancellationToken cancellationToken)
    {
        _paths.Begin(Path, LiteralPath);
        return base.BeginAsync(cancellationToken);
    }

    private protected override bool UsesHistory => base.UsesHistory || IfExists == NapterFtpIfExists.New;

    private protected override void RefuseContradictions()
    {
        base.RefuseContradictions();
        if (RemoveSource && MoveSource is not null)
        {
            throw Contradiction("-RemoveSource and -MoveSource are both given.", "Give only one of them.");
        }

        if (ToDevice && IfExists is NapterFtpIfExists.New or NapterFtpIfExists.Append or NapterFtpIfExists.Rename)
        {
            throw Contradiction($"-IfExists {IfExists} is only for pulls.", "Choose Overwrite, Skip, Newer, Resume or Error, or leave out -ToDevice.");
        }
    }

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var (paths, isLiteral) = _paths.Of(Path, LiteralPath);

        // The name of a file that comes from the pipeline is not its device's.
        var name = _paths.IsPiped(isLiteral) ? null : DeviceName;
        var destination = NameTemplate.ExpandDestination(Destination, GetDeviceNames(DevicePort, name), Began);
        var scope = ScopeOf([.. paths, $"recurse {Recurse}"]);
        if (!isLiteral)
        {
            paths = [.. paths.Select(path => NameTemplate.ExpandDates(path, Began))];
        }

        if (ToDevice)
        {
            paths = await Task.WhenAll(paths.Select(path => LocalPathAsync(path, cancellationToken)));
        }
        else
        {
            destination = await LocalPathAsync(destination, cancellationToken);
        }

        AddTask(MakeOptions(paths, destination) with { IsLiteral = isLiteral, Recurse = Recurse, IfExists = IfExists, RemoveSource = RemoveSource, Scope = scope });
    }
}
