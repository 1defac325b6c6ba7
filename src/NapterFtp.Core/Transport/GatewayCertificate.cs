using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace NapterFtp.Transport;

/// <summary>Verifies the gateway's certificate: its name, and a chain to a root of the system's or to one of the extra roots.</summary>
/// <remarks>Revocation is not checked: the check needs a connection of its own to the certificate authority, which stalls each
/// handshake where a firewall lets only the gateway through, and most clients treat an unanswered check as passed anyway.</remarks>
internal static class GatewayCertificate
{
    /// <summary>What is wrong with the certificate; <see cref="SslPolicyErrors.None"/> where it is trusted.</summary>
    /// <param name="certificate">The certificate the gateway showed, or null.</param>
    /// <param name="chain">The chain as built from the system's roots.</param>
    /// <param name="errors">What the system holds against it.</param>
    /// <param name="extraRoots">Roots trusted beside the system's.</param>
    public static SslPolicyErrors Verify(
        X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors, X509Certificate2Collection extraRoots)
    {
        var remaining = errors & ~SslPolicyErrors.RemoteCertificateChainErrors;
        if (remaining == errors || extraRoots.Count == 0 || certificate is not X509Certificate2 leaf || chain is null)
        {
            return errors;
        }

        using var second = new X509Chain();
        second.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        second.ChainPolicy.CustomTrustStore.AddRange(extraRoots);
        second.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        second.ChainPolicy.DisableCertificateDownloads = true;
        foreach (var purpose in chain.ChainPolicy.ApplicationPolicy)
        {
            second.ChainPolicy.ApplicationPolicy.Add(purpose);
        }

        foreach (var element in chain.ChainElements)
        {
            second.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        second.ChainPolicy.ExtraStore.AddRange(chain.ChainPolicy.ExtraStore);
        return second.Build(leaf) ? remaining : errors;
    }
}
