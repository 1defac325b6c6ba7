using System.Management.Automation;
using NapterFtp.Copy;
using NapterFtp.Ftp;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Makes folders on devices, with those above them.</summary>
[Cmdlet(VerbsCommon.New, "NapterFtpDirectory", SupportsShouldProcess = true)]
[OutputType(typeof(NapterFtpItem))]
public sealed class NewNapterFtpDirectoryCommand : FtpCmdlet
{
    /// <summary>The folders' paths on the device.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RemotePathCompleter))]
    public string[] Path { get; set; } = [];

    /// <summary>Takes a folder that is there already for made.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>How long the device's ports are left open for the session's next command; 0 closes them at once.</summary>
    [Parameter]
    [TimeSpanTransformation]
    [ValidateTimeSpan("00:00:00", "08:00:00")]
    public TimeSpan PortLinger { get; set; }

    private protected override TimeSpan LingerTime => PortLinger;

    private protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        var paths = Path;
        AddTask((keeper, token) => MakeAsync(keeper, paths, token));
        return Task.CompletedTask;
    }

    private async Task MakeAsync(SessionKeeper keeper, string[] paths, CancellationToken cancellationToken)
    {
        foreach (var given in paths)
        {
            var home = RemotePath.IsAbsolute(given) ? RemotePath.Root : await keeper.RunAsync((session, token) => session.HomeAsync(token), cancellationToken);
            var path = RemotePath.Resolve(given, home);
            if (!await ShouldProcessAsync($"{keeper.Client.Label}{LocalNames.Printable(path)}", "Make folder", cancellationToken))
            {
                continue;
            }

            try
            {
                Emit((await keeper.RunAsync((session, token) => MakeAsync(session, path, token), cancellationToken)).ToItem(keeper.Client));
            }
            catch (NapterFtpException exception) when (exception.Target is string && keeper.HasSession)
            {
                EmitError(exception, path);
            }
        }
    }

    private async Task<RemoteEntry> MakeAsync(FtpClientSession session, string path, CancellationToken cancellationToken)
    {
        if (!Force && await FolderLister.FindAsync(session, path, cancellationToken) is not null)
        {
            throw new NapterFtpException(
                "RemoteItemExists", NapterFtpErrorKind.InUse, $"{session.Device} has '{LocalNames.Printable(path)}' already.", "With -Force that is no error.", LocalNames.Printable(path));
        }

        await RemoteFiles.EnsureFolderAsync(session, path, cancellationToken);
        return await FolderLister.FindAsync(session, path, cancellationToken) ?? new RemoteEntry { FullName = path, Type = NapterFtpItemType.Directory };
    }
}
