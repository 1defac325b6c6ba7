using System.Management.Automation;
using NapterFtp.Copy;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>FTP logins of PowerShell's credentials.</summary>
internal static class FtpLogins
{
    /// <summary>The login; anonymous where there is no credential.</summary>
    public static FtpLogin Of(PSCredential? credential) => credential is null || credential == PSCredential.Empty
        ? FtpLogin.Anonymous
        : new FtpLogin(credential.UserName.TrimStart('\\'), credential.Password);
}
