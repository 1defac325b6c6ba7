using System.Globalization;
using System.Text;

namespace NapterFtp.Simulator.Device;

/// <summary>The commands that move data (RFC 959 section 4.1.3, RFC 3659 section 7).</summary>
internal static class TransferCommands
{
    public static async Task RetrAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        var offset = TakeRestart(session);
        using var transfer = new Transfer(session, command, cancellationToken);
        await using var file = transfer.Prepare(() =>
        {
            var found = session.Device.Folder.GetFile(session.PathOf(command));
            session.Device.Faults.ForFile(command)?.Change?.Invoke(found.FullName);
            return OpenRead(found.FullName, offset);
        });
        var size = file.Length + session.Device.Faults.SizeError(command);
        await transfer.RunAsync(
            string.Create(CultureInfo.InvariantCulture, $"Opening BINARY mode data connection for {command.Argument} ({size} bytes)."),
            mover => mover.SendAsync(file));
    }

    public static Task StorAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        var offset = TakeRestart(session);
        return ReceiveAsync(session, command, session.PathOf(command), "Ok to send data.", path => OpenWrite(path, offset), cancellationToken);
    }

    public static Task AppeAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken) =>
        ReceiveAsync(session, command, session.PathOf(command), "Ok to send data.", path => OpenWrite(path, null), cancellationToken);

    /// <summary>STOU: the name is in the 150 reply (RFC 1123 section 4.1.2.9).</summary>
    public static Task StouAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        var wanted = DeviceFolder.Combine(session.State.CurrentDirectory, command.Argument.Length == 0 ? "STOU" : command.Argument);
        var path = wanted;
        for (var number = 1; session.Device.Folder.Find(path) is not null; number++)
        {
            path = string.Create(CultureInfo.InvariantCulture, $"{wanted}.{number}");
        }

        var name = path[(path.LastIndexOf('/') + 1)..];
        return ReceiveAsync(session, command, path, $"FILE: {name}", onDisk => OpenWrite(onDisk, 0), cancellationToken);
    }

    public static Task ListAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken) =>
        SendTextAsync(session, command, () => session.Device.Listings.List(session.State.CurrentDirectory, command.Argument), cancellationToken);

    public static Task NlstAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken) =>
        SendTextAsync(session, command, () => session.Device.Listings.Names(session.State.CurrentDirectory, command.Argument), cancellationToken);

    public static Task MlsdAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken) => SendTextAsync(
        session,
        command,
        () => session.Device.Listings.Facts(DeviceFolder.Combine(session.State.CurrentDirectory, command.Argument), session.State.Facts),
        cancellationToken);

    private static async Task SendTextAsync(DeviceSession session, DeviceCommand command, Func<string> list, CancellationToken cancellationToken)
    {
        using var transfer = new Transfer(session, command, cancellationToken);
        await using var text = transfer.Prepare(() => new MemoryStream(Encoding.Latin1.GetBytes(list()), writable: false));
        await transfer.RunAsync("Here comes the directory listing.", mover => mover.SendAsync(text));
    }

    private static async Task ReceiveAsync(
        DeviceSession session,
        DeviceCommand command,
        string wirePath,
        string announcement,
        Func<string, FileStream> open,
        CancellationToken cancellationToken)
    {
        using var transfer = new Transfer(session, command, cancellationToken);
        await using var file = transfer.Prepare(() =>
        {
            session.Device.Folder.GetDirectory(DeviceFolder.Combine(wirePath, ".."));
            var path = session.Device.Folder.ToDisk(wirePath);
            session.Device.Faults.ForFile(command)?.Change?.Invoke(path);
            return open(path);
        });
        await transfer.RunAsync(announcement, mover => mover.ReceiveAsync(file));
    }

    private static long TakeRestart(DeviceSession session)
    {
        var offset = session.State.RestartAt;
        session.State.RestartAt = 0;
        return offset;
    }

    private static FileStream OpenRead(string path, long offset)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        file.Position = Math.Min(offset, file.Length);
        return file;
    }

    /// <param name="path">The file.</param>
    /// <param name="offset">Where to write; null for the end. What follows stays, unless it is 0.</param>
    private static FileStream OpenWrite(string path, long? offset)
    {
        var mode = offset switch { null => FileMode.Append, 0 => FileMode.Create, _ => FileMode.OpenOrCreate };
        var file = new FileStream(path, mode, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        file.Position = offset ?? file.Length;
        return file;
    }
}
