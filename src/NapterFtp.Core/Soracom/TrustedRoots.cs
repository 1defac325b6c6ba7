using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace NapterFtp.Soracom;

/// <summary>Reads the certificate authorities that a user trusts beside the system's own (<c>-TrustedRootPath</c>).</summary>
internal static class TrustedRoots
{
    /// <param name="path">A PEM file of one or more CA certificates.</param>
    /// <exception cref="NapterFtpException"><c>TrustedRootUnreadable</c> or <c>TrustedRootInvalid</c>.</exception>
    public static X509Certificate2Collection Load(string path)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(File.ReadAllText(path));
            return certificates.Count > 0 ? certificates : throw Invalid(path, null);
        }
        catch (CryptographicException e)
        {
            throw Invalid(path, e);
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
    }

    private static NapterFtpException Invalid(string path, Exception? cause) => new(
        "TrustedRootInvalid",
        NapterFtpErrorKind.InvalidArgument,
        $"The file '{path}' holds no certificate in PEM form.",
        "A PEM file has blocks that begin with -----BEGIN CERTIFICATE-----; convert a DER file with: openssl x509 -inform der -in ca.cer -out ca.pem",
        path,
        cause);
}
