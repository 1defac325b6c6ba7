using System.Globalization;

namespace NapterFtp.Simulator.Device;

/// <summary>Commands about files and folders that need no data connection.</summary>
internal static class FileCommands
{
    public static Task DeleAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        session.Device.Folder.GetFile(session.PathOf(command)).Delete();
        return session.ReplyAsync(250, "Delete operation successful.", cancellationToken);
    }

    public static Task RnfrAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        var path = session.PathOf(command);
        session.Device.Folder.Get(path);
        session.State.RenameFrom = path;
        return session.ReplyAsync(350, "Ready for RNTO.", cancellationToken);
    }

    public static Task RntoAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        var folder = session.Device.Folder;
        var from = folder.Get(session.State.RenameFrom ?? throw new DeviceReplyException(503, "RNFR required first."));
        session.State.RenameFrom = null;
        var to = folder.ToDisk(session.PathOf(command));
        if (from is FileInfo file)
        {
            file.MoveTo(to, overwrite: true);
        }
        else
        {
            Directory.Move(from.FullName, to);
        }

        return session.ReplyAsync(250, "Rename successful.", cancellationToken);
    }

    public static Task SizeAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        var length = session.Device.Folder.GetFile(session.PathOf(command)).Length + session.Device.Faults.SizeError(command);
        return session.ReplyAsync(213, length.ToString(CultureInfo.InvariantCulture), cancellationToken);
    }

    /// <summary>MDTM, and the form with a time before the path by which many clients set it.</summary>
    public static Task MdtmAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        var space = command.Argument.IndexOf(' ', StringComparison.Ordinal);
        if (space > 0
            && ListingFormat.TryParseTimestamp(command.Argument[..space], out var time)
            && session.Device.Folder.Find(session.PathOf(command)) is null)
        {
            return SetTimeAsync(session, command.Argument[(space + 1)..], time, cancellationToken);
        }

        var item = session.Device.Folder.Get(session.PathOf(command));
        return session.ReplyAsync(213, ListingFormat.Timestamp(session.Device.Listings.ToDeviceTime(item.LastWriteTimeUtc)), cancellationToken);
    }

    public static Task MfmtAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        var space = command.Argument.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 && ListingFormat.TryParseTimestamp(command.Argument[..space], out var time)
            ? SetTimeAsync(session, command.Argument[(space + 1)..], time, cancellationToken)
            : throw new DeviceReplyException(501, "Usage: MFMT YYYYMMDDHHMMSS path.");
    }

    public static Task MlstAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        var path = DeviceFolder.Combine(session.State.CurrentDirectory, command.Argument);
        var item = session.Device.Listings.Describe(session.Device.Folder.Get(path));
        var line = ListingFormat.Mlst(item, path, session.State.Facts, !session.Profile.ReadOnly);
        return session.ReplyAsync(250, $"Listing {path}\n {line}\nEnd", cancellationToken);
    }

    private static Task SetTimeAsync(DeviceSession session, string name, DateTime time, CancellationToken cancellationToken)
    {
        if (session.Profile.ReadOnly)
        {
            throw new DeviceReplyException(550, "Permission denied.");
        }

        var path = DeviceFolder.Combine(session.State.CurrentDirectory, name);
        session.Device.Folder.Get(path).LastWriteTimeUtc = time - session.Profile.ClockOffset;
        return session.ReplyAsync(213, $"Modify={ListingFormat.Timestamp(time)}; {path}", cancellationToken);
    }
}
