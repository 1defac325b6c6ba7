using System.Formats.Tar;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace NapterFtp.Copy;

/// <summary>What this computer's file system does where systems differ, so that a test can stand in for another system.</summary>
internal class LocalFileSystem
{
    // ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION and ERROR_USER_MAPPED_FILE as HRESULTs.
    private const int SharingViolation = unchecked((int)0x80070020);
    private const int LockViolation = unchecked((int)0x80070021);
    private const int MappedFile = unchecked((int)0x800704C8);

    // EWOULDBLOCK, by which flock refuses.
    private const int LinuxWouldBlock = 11;
    private const int MacWouldBlock = 35;

    /// <summary>FAT knows no earlier time; a day later, so that no time zone leads before it.</summary>
    public static readonly DateTimeOffset EarliestTime = new(1980, 1, 2, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The system's own.</summary>
    public static LocalFileSystem Native { get; } = new();

    /// <summary>Gives a file another name, replacing what has it.</summary>
    public virtual void Move(string from, string to) => File.Move(from, to, overwrite: true);

    /// <summary>Sets the time of an open file. Throws where the file system refuses that time.</summary>
    public virtual void SetTime(SafeFileHandle file, DateTimeOffset time) => File.SetLastWriteTimeUtc(file, time.UtcDateTime);

    /// <summary>Whether a path is a pipe or one of the system's devices, such as <c>/dev/null</c>, which may be replaced like any file, and
    /// which other programs would miss.</summary>
    public virtual bool IsDevice(string path) => File.Exists(path) && (IsAmongDevices(path) || !IsRegular(new FileInfo(path)));

    /// <summary>Whether a file has a content that ends: no pipe and no device. Links are followed; what cannot be told is taken for one.</summary>
    public virtual bool IsRegular(FileInfo file)
    {
        if (OperatingSystem.IsWindows())
        {
            return true;
        }

        try
        {
            // What has a length is regular. Of what has none .NET tells the kind nowhere else, and to open a pipe is to wait for its other end.
            var target = (FileInfo?)file.ResolveLinkTarget(returnFinalTarget: true) ?? file;
            return target.Length > 0 || KindOf(target.FullName) is not (TarEntryType.Fifo or TarEntryType.CharacterDevice or TarEntryType.BlockDevice);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    /// <summary>Says why such a path is no destination.</summary>
    public static IOException DeviceInTheWay() => new("That is a device or a pipe of this computer, and would be replaced by a file.");

    /// <summary>Whether a file that exists is open in a program that does not let it be replaced. Only a look: it changes nothing and
    /// hinders nobody.</summary>
    public virtual bool IsOpenElsewhere(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            // Elsewhere an open file can be replaced; whoever reads it goes on reading the old one.
            return false;
        }

        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            return false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return SaysInUse(exception);
        }
    }

    /// <summary>Whether replacing a file failed because a program has it open, so that it may work a moment later.</summary>
    public virtual bool MayBeInUse(Exception exception, string path) =>
        SaysInUse(exception)
        || (OperatingSystem.IsWindows() && exception is UnauthorizedAccessException && File.Exists(path) && !File.GetAttributes(path).HasFlag(FileAttributes.ReadOnly));

    /// <summary>Which names the file system at a folder takes for the same. It is looked for there, for one computer has several.</summary>
    public virtual LocalNameRules NamesAt(string folder) => LocalNameRules.LookAt(folder);

    /// <summary>Sets the time, or the earliest one that every file system knows; a time that cannot be set is no reason to lose a file.</summary>
    /// <returns>Whether the file now has the time given.</returns>
    public bool TrySetTime(SafeFileHandle file, DateTimeOffset time)
    {
        if (Sets(file, time))
        {
            return true;
        }

        if (time < EarliestTime)
        {
            Sets(file, EarliestTime);
        }

        return false;
    }

    private static bool IsAmongDevices(string path) =>
        !OperatingSystem.IsWindows() && path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal);

    private static TarEntryType? KindOf(string path)
    {
        using var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, leaveOpen: true))
        {
            writer.WriteEntry(path, "file");
        }

        archive.Position = 0;
        using var reader = new TarReader(archive);
        return reader.GetNextEntry()?.EntryType;
    }

    private bool Sets(SafeFileHandle file, DateTimeOffset time)
    {
        try
        {
            SetTime(file, time);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    /// <summary>Whether the system says that a file is open elsewhere in a way that does not allow what was tried.</summary>
    public static bool SaysInUse(Exception exception) =>
        exception.HResult is SharingViolation or LockViolation or MappedFile
        || (!OperatingSystem.IsWindows() && exception.HResult == (OperatingSystem.IsMacOS() ? MacWouldBlock : LinuxWouldBlock));
}

/// <summary>Which names a file system takes for the same file.</summary>
/// <param name="IgnoresCase">Names that differ by upper and lower case alone.</param>
/// <param name="IgnoresForm">Names that differ by Unicode form alone: "é" as one character, or as "e" and an accent.</param>
internal sealed record LocalNameRules(bool IgnoresCase, bool IgnoresForm)
{
    /// <summary>By the loosest rules there are: what differs here is never the same file.</summary>
    public static LocalNameRules Loosest { get; } = new(IgnoresCase: true, IgnoresForm: true);

    /// <summary>Looks at the file system that a folder lies on, or would lie on once it is made.</summary>
    public static LocalNameRules LookAt(string folder)
    {
        var existing = Path.GetFullPath(folder);
        while (!Directory.Exists(existing))
        {
            if (Path.GetDirectoryName(existing) is not { } above)
            {
                return OfSystem();
            }

            existing = above;
        }

        var name = $".napter-\u00E9-{Guid.NewGuid():N}.probe";
        try
        {
            using var probe = new FileStream(Path.Combine(existing, name), FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 1, FileOptions.DeleteOnClose);
            return new LocalNameRules(
                File.Exists(Path.Combine(existing, name.Replace(".probe", ".PROBE", StringComparison.Ordinal))),
                File.Exists(Path.Combine(existing, name.Normalize(NormalizationForm.FormD))));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Nothing can be written there anyway.
            return OfSystem();
        }
    }

    /// <summary>A path such that two paths of one file give the same text.</summary>
    public string KeyOf(string path)
    {
        var key = IgnoresForm ? Compose(path) : path;
        return IgnoresCase ? key.ToUpperInvariant() : key;
    }

    private static LocalNameRules OfSystem() =>
        new(OperatingSystem.IsWindows() || OperatingSystem.IsMacOS(), OperatingSystem.IsMacOS());

    private static string Compose(string path)
    {
        try
        {
            return path.Normalize(NormalizationForm.FormC);
        }
        catch (ArgumentException)
        {
            // Half a surrogate pair, which some systems allow in a name, has no form.
            return path;
        }
    }
}
