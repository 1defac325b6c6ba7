using System.Security.AccessControl;
using System.Security.Principal;
using NapterFtp.Diagnosis;
using NapterFtp.Soracom;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Soracom;

/// <summary>Whom a file with secrets lets in where rights are lists.</summary>
public sealed class OwnFileTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    [Fact]
    public void A_file_that_was_made_for_its_owner_is_nobody_elses_until_others_are_let_in()
    {
        if (!OperatingSystem.IsWindows())
        {
            Assert.Skip("Files have lists of rights on Windows only.");
            return;
        }

        var path = _folder.File("secret");
        PrivateWindowsFile.Create(path).Dispose();
        Assert.False(OwnFile.IsOpenToOthers(path));

        var file = new FileInfo(path);
        var rights = file.GetAccessControl();
        rights.AddAccessRule(new FileSystemAccessRule(new SecurityIdentifier(WellKnownSidType.BuiltinUsersSid, null), FileSystemRights.Read, AccessControlType.Allow));
        file.SetAccessControl(rights);
        Assert.True(OwnFile.IsOpenToOthers(path));
    }

    public void Dispose() => _folder.Dispose();
}
