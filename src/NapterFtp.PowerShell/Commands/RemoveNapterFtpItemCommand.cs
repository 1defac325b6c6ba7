using System.Management.Automation;
using NapterFtp.Copy;
using NapterFtp.PowerShell.Pipeline;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Deletes files, and with -Recurse folders, on devices.</summary>
[Cmdlet(VerbsCommon.Remove, "NapterFtpItem", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(void))]
public sealed class RemoveNapterFtpItemCommand : FtpPathCmdlet
{
    /// <summary>Deletes folders with all that is in them.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    private protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        var (paths, isLiteral) = Paths.Of(Path, LiteralPath);
        var filter = MakeFilter();
        AddTask((keeper, token) => RemoveAsync(keeper, paths, isLiteral, filter, token));
        return Task.CompletedTask;
    }

    private async Task RemoveAsync(SessionKeeper keeper, string[] paths, bool isLiteral, ItemFilter filter, CancellationToken cancellationToken)
    {
        foreach (var path in paths)
        {
            try
            {
                // All is found before anything is deleted, so that no listing sees half of it.
                var found = new List<RemoteEntry>();
                var query = new RemoteQuery { Path = path, IsLiteral = isLiteral, ItemOnly = true, Filter = filter, Assume = true, SparesLinked = true };
                await foreach (var (entry, _) in new ItemFinder(keeper, error => EmitError(error)).FindAsync(query, cancellationToken))
                {
                    found.Add(entry);
                }

                foreach (var entry in found)
                {
                    await RemoveAsync(keeper, entry, cancellationToken);
                }
            }
            catch (NapterFtpException exception) when (exception.Kind is NapterFtpErrorKind.NotFound or NapterFtpErrorKind.PermissionDenied)
            {
                EmitError(exception, path);
            }
        }
    }

    private async Task RemoveAsync(SessionKeeper keeper, RemoteEntry entry, CancellationToken cancellationToken)
    {
        var isFolder = entry.Type == NapterFtpItemType.Directory;
        if (!await ShouldProcessAsync($"{keeper.Client.Label}{LocalNames.Printable(entry.FullName)}", isFolder ? "Delete folder" : "Delete file", cancellationToken))
        {
            return;
        }

        if (isFolder && Recurse)
        {
            var inside = new List<RemoteEntry>();
            var query = new RemoteQuery { Path = entry.FullName + "/", IsLiteral = true, Recurse = true, SparesLinked = true };
            await foreach (var (inner, _) in new ItemFinder(keeper, error => EmitError(error)).FindAsync(query, cancellationToken))
            {
                inside.Add(inner);
            }

            // A folder comes before what is in it.
            inside.Reverse();
            foreach (var inner in inside)
            {
                await DeleteAsync(keeper, inner, cancellationToken);
            }
        }

        await DeleteAsync(keeper, entry, cancellationToken);
    }

    private async Task DeleteAsync(SessionKeeper keeper, RemoteEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            await keeper.RunAsync(
                (session, token) => session.DemandAsync(entry.Type == NapterFtpItemType.Directory ? "RMD" : "DELE", entry.FullName, token), cancellationToken);
        }
        catch (NapterFtpException exception) when (exception.Target is string && keeper.HasSession)
        {
            EmitError(exception.ErrorId == "RemoteItemNotFound" && entry.Type == NapterFtpItemType.Directory && !Recurse ? NotEmpty(exception, entry) : exception);
        }
    }

    private static NapterFtpException NotEmpty(NapterFtpException cause, RemoteEntry entry) => new(
        "FolderNotEmpty",
        NapterFtpErrorKind.InUse,
        cause.Message,
        "The folder is probably not empty; -Recurse deletes it with all that is in it.",
        LocalNames.Printable(entry.FullName),
        cause);
}
