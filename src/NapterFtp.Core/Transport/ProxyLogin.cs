using System.Net;

namespace NapterFtp.Transport;

/// <summary>A login at a proxy as it is typed, <c>DOMAIN\user</c> for one of a Windows domain.</summary>
/// <remarks>NTLM and Negotiate have the domain apart from the user's name; the other ways send what was typed.</remarks>
internal sealed class ProxyLogin : ICredentials
{
    private readonly NetworkCredential _typed;
    private readonly NetworkCredential _parted;

    public ProxyLogin(NetworkCredential typed)
    {
        _typed = typed;
        _parted = typed.Domain.Length == 0 && typed.UserName.Split('\\', 2) is [var domain, var user]
            ? new NetworkCredential(user, typed.SecurePassword, domain)
            : typed;
        ManagedNtlm.Prefer();
    }

    public NetworkCredential GetCredential(Uri uri, string authType) =>
        authType.Equals("NTLM", StringComparison.OrdinalIgnoreCase) || authType.Equals("Negotiate", StringComparison.OrdinalIgnoreCase) ? _parted : _typed;
}
