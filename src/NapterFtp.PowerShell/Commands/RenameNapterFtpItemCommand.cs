using System.Management.Automation;
using NapterFtp.Copy;
using NapterFtp.Ftp;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Renames a file or folder on a device.</summary>
[Cmdlet(VerbsCommon.Rename, "NapterFtpItem", SupportsShouldProcess = true)]
[OutputType(typeof(NapterFtpItem))]
public sealed class RenameNapterFtpItemCommand : FtpCmdlet
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

    /// <summary>How long the device's ports are left open for the session's next command; 0 closes them at once.</summary>
    [Parameter]
    [TimeSpanTransformation]
    [ValidateTimeSpan("00:00:00", "08:00:00")]
    public TimeSpan PortLinger { get; set; }

    private protected override TimeSpan LingerTime => PortLinger;

    private protected override int PortsEach => PassThru ? 2 : 1;

    private protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        var (path, newName) = (Path, NewName);
        if (!RemotePath.IsAbsolute(newName) && !RemotePath.IsName(newName))
        {
            throw new NapterFtpException(
                "InvalidNewName",
                NapterFtpErrorKind.InvalidArgument,
                $"'{LocalNames.Printable(newName)}' is no file name.",
                "Give a name without a path to rename within the folder, or a path that begins with a slash to move.",
                LocalNames.Printable(newName));
        }

        AddTask((keeper, token) => RenameAsync(keeper, path, newName, token));
        return Task.CompletedTask;
    }

    private async Task RenameAsync(SessionKeeper keeper, string path, string newName, CancellationToken cancellationToken)
    {
        var home = RemotePath.IsAbsolute(path) ? RemotePath.Root : await keeper.RunAsync((session, token) => session.HomeAsync(token), cancellationToken);
        var from = RemotePath.Resolve(path, home);
        var to = RemotePath.IsAbsolute(newName) ? RemotePath.Resolve(newName, RemotePath.Root) : RemotePath.Combine(RemotePath.FolderOf(from), newName);
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
