namespace NapterFtp.Pulls;

/// <summary>Tells whether a file lies on another computer. SQLite's locks do not hold there, so that two processes would ruin it.</summary>
internal static class NetworkShare
{
    private static readonly string[] NetworkFormats =
        ["nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "ncpfs", "afs", "afpfs", "ceph", "glusterfs", "webdav", "davfs", "fuse.sshfs", "fuse.davfs", "fuse.glusterfs", "fuse.rclone"];

    /// <param name="path">A full path.</param>
    public static bool Holds(string path) => Holds(path, Drives);

    /// <param name="path">A full path.</param>
    /// <param name="drives">Gives what is mounted where, and of which format: <see cref="DriveInfo"/>.</param>
    public static bool Holds(string path, Func<IEnumerable<Mount>> drives)
    {
        if (path.StartsWith(@"\\", StringComparison.Ordinal) && !path.StartsWith(@"\\?\", StringComparison.Ordinal) && !path.StartsWith(@"\\.\", StringComparison.Ordinal)
            || path.StartsWith(@"\\?\UNC\", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        var comparison = OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        var mount = drives().Where(drive => IsWithin(path, drive.Folder, comparison)).MaxBy(drive => drive.Folder.Length);
        return mount is not null && (mount.IsNetwork || NetworkFormats.Contains(mount.Format, StringComparer.OrdinalIgnoreCase));
    }

    private static bool IsWithin(string path, string folder, StringComparison comparison)
    {
        var trimmed = folder.TrimEnd('/', '\\');
        return path.StartsWith(trimmed, comparison) && (path.Length == trimmed.Length || path[trimmed.Length] is '/' or '\\');
    }

    private static IEnumerable<Mount> Drives()
    {
        foreach (var drive in DriveInfo.GetDrives())
        {
            Mount? mount = null;
            try
            {
                mount = new Mount(drive.Name, drive.DriveFormat, drive.DriveType == DriveType.Network);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A mount that does not answer, or is not ready, is not where we are about to open a file.
            }

            if (mount is not null)
            {
                yield return mount;
            }
        }
    }

    /// <summary>One mounted file system.</summary>
    /// <param name="Folder">Where.</param>
    /// <param name="Format">Such as <c>ext4</c>, <c>nfs4</c>.</param>
    /// <param name="IsNetwork">Whether .NET takes it for another computer's.</param>
    internal sealed record Mount(string Folder, string Format, bool IsNetwork);
}
