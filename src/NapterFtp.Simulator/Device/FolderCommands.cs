namespace NapterFtp.Simulator.Device;

/// <summary>Commands about folders.</summary>
internal static class FolderCommands
{
    public static Task PwdAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken) =>
        session.ReplyAsync(257, $"{Quote(session.State.CurrentDirectory)} is the current directory.", cancellationToken);

    public static Task CwdAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken) =>
        EnterAsync(session, command.Argument, cancellationToken);

    public static Task CdupAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken) =>
        EnterAsync(session, "..", cancellationToken);

    public static Task MkdAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        var path = session.PathOf(command);
        var folder = session.Device.Folder;
        if (folder.Find(path) is not null)
        {
            throw new DeviceReplyException(550, $"{path}: File exists.");
        }

        folder.GetDirectory(DeviceFolder.Combine(path, ".."));
        Directory.CreateDirectory(folder.ToDisk(path));
        return session.ReplyAsync(257, $"{Quote(path)} created.", cancellationToken);
    }

    public static Task RmdAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        var path = session.PathOf(command);
        var directory = session.Device.Folder.GetDirectory(path);
        if (path == "/" || directory.EnumerateFileSystemInfos().Any())
        {
            throw new DeviceReplyException(550, $"{path}: Directory not empty.");
        }

        directory.Delete();
        return session.ReplyAsync(250, "Remove directory operation successful.", cancellationToken);
    }

    private static Task EnterAsync(DeviceSession session, string argument, CancellationToken cancellationToken)
    {
        var path = DeviceFolder.Combine(session.State.CurrentDirectory, argument);
        session.Device.Folder.GetDirectory(path);
        session.State.CurrentDirectory = path;
        return session.ReplyAsync(250, "Directory successfully changed.", cancellationToken);
    }

    /// <summary>A path in a 257 reply has its quotes doubled (RFC 959 appendix II).</summary>
    private static string Quote(string path) => $"\"{path.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
