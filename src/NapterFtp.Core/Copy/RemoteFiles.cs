using NapterFtp.Ftp;
using NapterFtp.Ftp.Listings;

namespace NapterFtp.Copy;

/// <summary>Changes on the device that take more than one command, or differ from device to device.</summary>
internal static class RemoteFiles
{
    /// <summary>Renames.</summary>
    /// <exception cref="NapterFtpException">The device refused.</exception>
    public static async Task RenameAsync(FtpClientSession session, string from, string to, CancellationToken cancellationToken)
    {
        await session.DemandAsync("RNFR", from, cancellationToken);
        await session.DemandAsync("RNTO", to, cancellationToken);
    }

    /// <summary>Whether something of that name is there.</summary>
    public static async Task<bool> IsThereAsync(FtpClientSession session, string path, CancellationToken cancellationToken) =>
        await session.SizeAsync(path, cancellationToken) is not null || await FolderLister.FindAsync(session, path, cancellationToken) is not null;

    /// <summary>A file's bytes as SIZE tells, else as the folder's listing does; null where neither does.</summary>
    public static async Task<long?> LengthAsync(FtpClientSession session, string path, CancellationToken cancellationToken) =>
        await session.SizeAsync(path, cancellationToken) ?? (await FolderLister.FindAsync(session, path, cancellationToken))?.Length;

    /// <summary>What SIZE told of a file; where that was 0 although bytes of it were moved, what the listing does. Some devices answer SIZE
    /// with 0 whatever the file.</summary>
    public static async Task<long?> ConfirmedAsync(FtpClientSession session, string path, long? size, long moved, CancellationToken cancellationToken)
    {
        if (size != 0 || moved == 0)
        {
            return size;
        }

        var listed = (await FolderLister.FindAsync(session, path, cancellationToken))?.Length;
        if (listed == moved)
        {
            session.Traits.Refuse("SIZE");
        }

        return listed ?? size;
    }

    /// <summary>The command that sets a file's time: MFMT, or MDTM with a time, as many servers take it; null where neither is known to work.</summary>
    public static FtpCommand? TimeCommand(FtpClientSession session, string path, DateTimeOffset time)
    {
        var verb = session.Traits.May("MFMT") ? "MFMT" : session.Traits.May("MDTM") && session.Traits.MdtmSets ? "MDTM" : null;
        return verb is null ? null : session.Command(verb, $"{FtpTime.Format(time)} {path}");
    }

    /// <summary>Remembers whether setting times works.</summary>
    public static void LearnTime(FtpClientSession session, FtpCommand command, FtpReply? reply)
    {
        if (reply is null || (!reply.IsNegative && !DeviceTraits.IsUnknown(reply)))
        {
            return;
        }

        if (command.Verb == "MFMT")
        {
            session.Traits.Learn("MFMT", reply);
        }
        else
        {
            session.Traits.MdtmSets = false;
        }
    }

    /// <summary>Makes a folder and those above it, unless they are there.</summary>
    /// <exception cref="NapterFtpException">The device refused.</exception>
    public static async Task EnsureFolderAsync(FtpClientSession session, string folder, CancellationToken cancellationToken)
    {
        if (folder == RemotePath.Root || session.KnownFolders.ContainsKey(folder))
        {
            return;
        }

        var make = session.Command("MKD", folder);
        var reply = await session.AskAsync(make, cancellationToken);
        if (reply.IsNegative && !await ExistsAsync(session, folder, cancellationToken))
        {
            await EnsureFolderAsync(session, RemotePath.FolderOf(folder), cancellationToken);
            reply = await session.AskAsync(make, cancellationToken);
            if (reply.IsNegative && !await ExistsAsync(session, folder, cancellationToken))
            {
                throw Errors.Refused(session.Device, make, folder, reply);
            }
        }

        session.KnownFolders[folder] = true;
    }

    private static async Task<bool> ExistsAsync(FtpClientSession session, string folder, CancellationToken cancellationToken) =>
        (await session.AskAsync(session.Command("CWD", folder), cancellationToken)).IsCompletion;
}
