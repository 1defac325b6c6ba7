using System.Management.Automation;
using NapterFtp.Copy;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Makes a local folder match a device's, or with -ToDevice a device's match a local one.</summary>
[Cmdlet(VerbsData.Sync, "NapterFtpDirectory", SupportsShouldProcess = true)]
[OutputType(typeof(NapterFtpTransfer))]
public sealed class SyncNapterFtpDirectoryCommand : FtpTransferCmdlet
{
    // Boxed, for the engine lays out this class before the module's load context can find NapterFtp.Core.
    private object? _mode;

    /// <summary>The folder that is the model: on the device, or with -ToDevice on this computer.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RemotePathCompleter))]
    public string Path { get; set; } = "";

    /// <summary>The folder that is to match it. <c>{Imsi}</c>, <c>{SimId}</c>, <c>{Name}</c> and <c>{DevicePort}</c> stand for the device's.</summary>
    [Parameter(Mandatory = true, Position = 2, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RemotePathCompleter))]
    public string Destination { get; set; } = "";

    /// <summary>The device's name, for <c>{Name}</c> in the destination.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Name")]
    public string? DeviceName { get; set; }

    /// <summary>Update copies what is new or changed; Mirror also deletes what the model has not.</summary>
    [Parameter]
    public NapterFtpSyncMode Mode
    {
        get => (NapterFtpSyncMode)(_mode ?? NapterFtpSyncMode.Update);
        set => _mode = value;
    }

    private protected override void RefuseContradictions()
    {
        base.RefuseContradictions();
        if (MoveSource is not null && Mode == NapterFtpSyncMode.Mirror)
        {
            throw Contradiction("-MoveSource with -Mode Mirror would delete each copy in the next run.", "Use -Mode Update, or leave out -MoveSource.");
        }
    }

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var destination = NameTemplate.ExpandDestination(Destination, GetDeviceNames(DevicePort, DeviceName), Began);
        var path = NameTemplate.ExpandDates(Path, Began).TrimEnd('/', '\\') + "/";
        if (ToDevice)
        {
            path = await LocalPathAsync(Path, cancellationToken);
            if (!System.IO.Directory.Exists(path))
            {
                // A model that is not there must not empty the other side.
                throw new NapterFtpException(
                    "LocalItemNotFound", NapterFtpErrorKind.NotFound, $"There is no folder '{path}'.", "Check -Path.", path);
            }
        }
        else
        {
            destination = await LocalPathAsync(destination, cancellationToken);
        }

        AddTask(MakeOptions([path], destination) with { IsLiteral = true, Recurse = true, Sync = Mode, Scope = ScopeOf([Path]) });
    }
}
