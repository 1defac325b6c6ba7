using System.Security.Cryptography;
using System.Text;

namespace NapterFtp.Entries;

/// <summary>Tells this computer from the others that may share a folder of journals. A host name will not do: macOS takes it from
/// DHCP, so that it changes with the network.</summary>
internal static class ComputerId
{
    private const string FileName = "computer-id";

    /// <summary>systemd's and D-Bus's ID of the installation, machine-id(5). Home folders shared by several computers are of Linux; on
    /// Windows and macOS the folder of journals is the computer's own, and an ID is kept in it.</summary>
    private static readonly string[] MachineIdFiles = ["/etc/machine-id", "/var/lib/dbus/machine-id"];

    /// <param name="folder">The folder of journals.</param>
    public static string Find(string folder) => Find(folder, OperatingSystem.IsLinux() ? MachineIdFiles : null);

    /// <param name="folder">The folder of journals.</param>
    /// <param name="machineIdFiles">Where the system says which computer this is; null where the folder is this computer's alone.</param>
    public static string Find(string folder, IReadOnlyList<string>? machineIdFiles) =>
        (machineIdFiles is null ? Stored(folder) : machineIdFiles.Select(OfSystem).FirstOrDefault(id => id is not null))
        ?? Environment.MachineName;

    /// <summary>Of the system's ID, which is not to be told to others: machine-id(5).</summary>
    private static string? OfSystem(string path) => Read(path) is { Length: >= 32 } id
        ? Convert.ToHexString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(id), "NapterFtp journal"u8)[..16])
        : null;

    private static string? Stored(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (Read(path) is { Length: >= 32 } known)
        {
            return known;
        }

        try
        {
            Directory.CreateDirectory(folder);
            var made = Guid.NewGuid().ToString("N");
            using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                file.Write(Encoding.ASCII.GetBytes(made));
            }

            return made;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another process makes it at this moment, or it cannot be made.
            return Read(path) is { Length: >= 32 } other ? other : null;
        }
    }

    private static string? Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(file);
            return reader.ReadToEnd().Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
