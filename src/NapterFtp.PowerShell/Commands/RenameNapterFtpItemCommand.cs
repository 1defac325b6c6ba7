using System.Management.Automation;
using NapterFtp.Copy;
using NapterFtp.Ftp;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Renames a file or folder on a device.</summary>
[Cmdlet(VerbsCommon.Rename, "NapterFtpItem", SupportsShouldProcess = true)]
[OutputType(typeof(NapterFtpItem))]
public sealed class RenameNapterFtpItemCommand : FtpItemCmdlet
{
    /// <summary>The path on the device, taken as it is.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName", "LiteralPath")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RemotePathCompleter))]
    public string Path { get; set; } = "";

    /// <summary>The new name, in the same folder; or a path that begins with a slash, to move it there.</summary>
    [Parameter(Mandatory = true, Position = 2, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string NewName { get; set; } = "";

    /// <summary>Returns the item under its new name.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override Task ProcessAsync(CancellationToken cancellationToken) => WithDeviceAsync(RenameAsync, cancellationToken);

    private async Task RenameAsync(SessionKeeper keeper, CancellationToken cancellationToken)
    {
        if (!RemotePath.IsAbsolute(NewName) && !RemotePath.IsName(NewName))
        {
            throw new NapterFtpException(
                "InvalidNewName",
                NapterFtpErrorKind.InvalidArgument,
                $"'{LocalNames.Printable(NewName)}' is no file name.",
                "Give a name without a path to rename within the folder, or a path that begins with a slash to move.",
                LocalNames.Printable(NewName));
        }

        var home = RemotePath.IsAbsolute(Path) ? RemotePath.Root : await keeper.RunAsync((session, token) => session.HomeAsync(token), cancellationToken);
        var from = RemotePath.Resolve(Path, home);
        var to = RemotePath.IsAbsolute(NewName) ? RemotePath.Resolve(NewName, RemotePath.Root) : RemotePath.Combine(RemotePath.FolderOf(from), NewName);
        if (!await ShouldProcessAsync($"{keeper.Client.Label}{LocalNames.Printable(from)}", $"Rename to '{LocalNames.Printable(to)}'", cancellationToken))
        {
            return;
        }

        var renamed = await keeper.RunAsync(
            async (session, token) =>
            {
                await RemoteFiles.RenameAsync(session, from, to, token);
                return PassThru ? await FolderLister.FindAsync(session, to, token) : null;
            },
            cancellationToken);
        if (renamed is not null)
        {
            Emit(renamed.ToItem(keeper.Client));
        }
    }
}
