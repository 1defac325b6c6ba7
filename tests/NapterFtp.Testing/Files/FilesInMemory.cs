namespace NapterFtp.Testing;

/// <summary>Lays the temporary files of a test run, and of the programs that it starts, into Linux' memory where there is plenty: a disk's
/// file system takes ever longer to find room for a file where many have just been deleted. Whoever sets <c>TMPDIR</c> has them there.</summary>
public static class FilesInMemory
{
    private const string Variable = "TMPDIR", Folder = "/dev/shm";

    // Some tests break off downloads of 256 MiB, six at a time.
    private const long Plenty = 4L << 30;

    /// <summary>For the beginning of a test program: some of the runtime asks for the folder only once.</summary>
    public static void Use()
    {
        if (OperatingSystem.IsLinux() && !Campaign.IsLong && Environment.GetEnvironmentVariable(Variable) is null && HasPlenty())
        {
            Environment.SetEnvironmentVariable(Variable, Folder);
        }
    }

    private static bool HasPlenty()
    {
        try
        {
            var drive = new DriveInfo(Folder);
            return drive is { DriveFormat: "tmpfs" } && drive.AvailableFreeSpace >= Plenty && GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >= 2 * Plenty;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
