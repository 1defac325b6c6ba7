using System.Security;

namespace NapterFtp.Client;

/// <summary>How to log in to the device's FTP server.</summary>
/// <param name="UserName">The user's name.</param>
/// <param name="Password">The password; null for an empty one.</param>
/// <param name="Account">What ACCT sends where a device asks for an account (332); mostly null.</param>
internal sealed record FtpLogin(string UserName, SecureString? Password, SecureString? Account = null)
{
    /// <summary>What RFC 1635 has clients do where no credential is given.</summary>
    public static FtpLogin Anonymous { get; } = new("anonymous", null);

    public bool IsAnonymous => UserName.Equals("anonymous", StringComparison.OrdinalIgnoreCase);
}
