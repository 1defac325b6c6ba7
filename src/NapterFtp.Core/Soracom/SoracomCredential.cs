using System.Security;

namespace NapterFtp.Soracom;

/// <summary>How a user asked to sign in.</summary>
internal abstract record SoracomCredential
{
    private SoracomCredential()
    {
    }

    /// <summary>The root account.</summary>
    public sealed record Root(string Email, SecureString Password) : SoracomCredential;

    /// <summary>An auth key of the root account or of a SAM user.</summary>
    public sealed record AuthKey(string AuthKeyId, SecureString Key) : SoracomCredential;

    /// <summary>A SAM user.</summary>
    public sealed record SamUser(string OperatorId, string UserName, SecureString Password) : SoracomCredential;

    /// <summary>A profile of soracom-cli.</summary>
    public sealed record Profile(string Name) : SoracomCredential;
}
