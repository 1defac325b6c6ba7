using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;
using NapterFtp.Soracom;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Soracom;

/// <summary>Whom a file with secrets lets in.</summary>
public sealed class OwnFileTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    [Fact]
    public void A_file_that_was_made_for_its_owner_is_nobody_elses_until_others_are_let_in()
    {
        var path = _folder.File("secret");
        OwnFile.Create(path).Dispose();
        Assert.True(OwnFile.TryReadOwn(path, 10, out _));

        if (OperatingSystem.IsWindows())
        {
            LetUsersRead(path);
        }
        else
        {
            File.SetUnixFileMode(path, File.GetUnixFileMode(path) | UnixFileMode.GroupRead);
        }

        Assert.False(OwnFile.TryReadOwn(path, 10, out _));
    }

    [Fact]
    public void A_file_that_is_there_is_not_made_again_with_the_rights_it_had()
    {
        var path = _folder.File("secret");
        File.WriteAllText(path, "old");
        Assert.Throws<IOException>(() => OwnFile.Create(path));
        Assert.Equal("old", File.ReadAllText(path));
    }

    public void Dispose() => _folder.Dispose();

    [SupportedOSPlatform("windows")]
    private static void LetUsersRead(string path)
    {
        var file = new FileInfo(path);
        var rights = file.GetAccessControl();
        rights.AddAccessRule(new FileSystemAccessRule(new SecurityIdentifier(WellKnownSidType.BuiltinUsersSid, null), FileSystemRights.Read, AccessControlType.Allow));
        file.SetAccessControl(rights);
    }
}
