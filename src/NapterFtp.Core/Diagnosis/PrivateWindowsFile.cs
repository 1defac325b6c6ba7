using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;

namespace NapterFtp.Diagnosis;

/// <summary>Files for their owner alone where rights are lists.</summary>
[SupportedOSPlatform("windows")]
internal static class PrivateWindowsFile
{
    private const int BufferLength = 4096;

    public static FileStream Create(string path)
    {
        using var user = WindowsIdentity.GetCurrent();
        var rights = new FileSecurity();
        rights.SetAccessRuleProtection(isProtected: true, preserveInheritance: false);
        rights.AddAccessRule(new FileSystemAccessRule(user.User!, FileSystemRights.FullControl, AccessControlType.Allow));
        return new FileInfo(path).Create(
            FileMode.CreateNew, FileSystemRights.Read | FileSystemRights.Write, FileShare.None, BufferLength, FileOptions.Asynchronous, rights);
    }
}
