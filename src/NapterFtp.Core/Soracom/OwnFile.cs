using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;

namespace NapterFtp.Soracom;

/// <summary>Files with secrets, which nobody but their owner may be let into.</summary>
internal static class OwnFile
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Makes a file that is this user's alone from its first moment on.</summary>
    /// <exception cref="IOException">There is one already, or it cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may make none there.</exception>
    public static FileStream Create(string path) => OperatingSystem.IsWindows()
        ? CreateByList(path)
        : new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.Asynchronous,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="largest">How many bytes it may have.</param>
    /// <param name="content">What is in it, for the caller to zero; empty where it was not read.</param>
    /// <returns>False where other users may read or change it by its mode, which Windows' files do not have.</returns>
    /// <exception cref="IOException">It is not there, cannot be read, or is longer.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    public static bool TryRead(string path, long largest, out byte[] content)
    {
        content = [];
        using var handle = File.OpenHandle(path);

        // Of the open file, so that it is the one that is read.
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(handle) & Others) != 0)
        {
            return false;
        }

        var length = RandomAccess.GetLength(handle);
        content = new byte[length <= largest ? length : throw new IOException("it is too long.")];
        for (int read, done = 0; done < content.Length && (read = RandomAccess.Read(handle, content.AsSpan(done), done)) > 0; done += read)
        {
        }

        return true;
    }

    /// <summary>Reads a file.</summary>
    /// <returns>False where other users may read or change it.</returns>
    /// <exception cref="IOException">It is not there, cannot be read, or is longer.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    public static bool TryReadOwn(string path, long largest, out byte[] content)
    {
        content = [];
        return !(OperatingSystem.IsWindows() && File.Exists(path) && IsOpenToOthers(path)) && TryRead(path, largest, out content);
    }

    /// <summary>How to make a file this user's alone.</summary>
    public static string Remedy(string path) => OperatingSystem.IsWindows()
        ? $"Make it your own with: icacls \"{path}\" /inheritance:r /grant:r \"%USERNAME%:F\""
        : $"Make it your own with: chmod 600 '{path}'";

    /// <summary>Whether somebody but this user, the system and administrators may read or change a file, by its access control list.</summary>
    [SupportedOSPlatform("windows")]
    private static bool IsOpenToOthers(string path)
    {
        const FileSystemRights Content =
            FileSystemRights.ReadData | FileSystemRights.WriteData | FileSystemRights.AppendData | FileSystemRights.ChangePermissions | FileSystemRights.TakeOwnership;
        using var user = WindowsIdentity.GetCurrent();
        SecurityIdentifier?[] own =
        [
            user.User, new(WellKnownSidType.LocalSystemSid, null), new(WellKnownSidType.BuiltinAdministratorsSid, null),
        ];
        return new FileInfo(path).GetAccessControl().GetAccessRules(includeExplicit: true, includeInherited: true, typeof(SecurityIdentifier))
            .Cast<FileSystemAccessRule>()
            .Any(rule => rule.AccessControlType == AccessControlType.Allow && (rule.FileSystemRights & Content) != 0 && !own.Contains(rule.IdentityReference));
    }

    /// <summary>Where rights are lists, one that names this user only, and takes nothing from the folder's.</summary>
    [SupportedOSPlatform("windows")]
    private static FileStream CreateByList(string path)
    {
        const int BufferLength = 4096;
        using var user = WindowsIdentity.GetCurrent();
        var rights = new FileSecurity();
        rights.SetAccessRuleProtection(isProtected: true, preserveInheritance: false);
        rights.AddAccessRule(new FileSystemAccessRule(user.User!, FileSystemRights.FullControl, AccessControlType.Allow));
        return new FileInfo(path).Create(
            FileMode.CreateNew, FileSystemRights.Read | FileSystemRights.Write, FileShare.None, BufferLength, FileOptions.Asynchronous, rights);
    }
}
