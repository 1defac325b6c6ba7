using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace NapterFtp.Soracom;

/// <summary>Certificate authorities that a user trusts beside the system's own (<c>-TrustedRootPath</c>).</summary>
internal sealed class TrustedRoots
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private TrustedRoots(X509Certificate2Collection certificates) => Certificates = certificates;

    /// <summary>The system's roots alone.</summary>
    public static TrustedRoots SystemOnly { get; } = new([]);

    public X509Certificate2Collection Certificates { get; }

    /// <summary>Reads a PEM file of one or more CA certificates.</summary>
    /// <exception cref="NapterFtpException"><c>TrustedRootUnreadable</c> or <c>TrustedRootInvalid</c>.</exception>
    public static TrustedRoots Load(string path)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new NapterFtpException(
                "TrustedRootUnreadable",
                NapterFtpErrorKind.File,
                $"The file of trusted certificates '{path}' cannot be read: {e.Message}",
                "Give -TrustedRootPath the path of a readable PEM file.",
                path,
                e);
        }
        catch (CryptographicException e)
        {
            throw Invalid(path, e);
        }

        return certificates.Count > 0 ? new TrustedRoots(certificates) : throw Invalid(path, null);
    }

    /// <summary>Verifies a server's certificate: what the system found wrong with its chain is forgiven only if the chain ends in one
    /// of <see cref="Certificates"/>. A wrong or missing name is never forgiven.</summary>
    /// <returns>What is still wrong; <see cref="SslPolicyErrors.None"/> to go on.</returns>
    public SslPolicyErrors Verify(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (Certificates.Count == 0
            || certificate is not X509Certificate2 server
            || (errors & SslPolicyErrors.RemoteCertificateChainErrors) == 0)
        {
            return errors;
        }

        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(Certificates);
        own.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        // A private CA seldom publishes a revocation list; HttpClient and SslStream do not ask for the public ones' either.
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        own.ChainPolicy.DisableCertificateDownloads = true;
        foreach (var element in chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            own.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        if (chain is not null)
        {
            own.ChainPolicy.ExtraStore.AddRange(chain.ChainPolicy.ExtraStore);
        }

        try
        {
            return own.Build(server) ? errors & ~SslPolicyErrors.RemoteCertificateChainErrors : errors;
        }
        finally
        {
            foreach (var element in own.ChainElements)
            {
                element.Certificate.Dispose();
            }
        }
    }

    private static NapterFtpException Invalid(string path, Exception? cause) => new(
        "TrustedRootInvalid",
        NapterFtpErrorKind.InvalidArgument,
        $"The file '{path}' holds no certificate in PEM form.",
        "A PEM file has blocks that begin with -----BEGIN CERTIFICATE-----; convert a DER file with: openssl x509 -inform der -in ca.cer -out ca.pem",
        path,
        cause);
}
