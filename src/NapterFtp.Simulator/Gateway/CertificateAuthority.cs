using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace NapterFtp.Simulator.Gateway;

/// <summary>A certificate authority that lives as long as the simulator and signs the gateway's certificates.</summary>
internal sealed class CertificateAuthority : IDisposable
{
    private readonly X509Certificate2 _root;
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();

    public CertificateAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _root = request.CreateSelfSigned(_now.AddDays(-2), _now.AddDays(30));
    }

    /// <summary>The authority's certificate, for those who are to trust it.</summary>
    public string Pem => _root.ExportCertificatePem() + "\n";

    /// <summary>A server certificate for a host name; expired since yesterday where asked for.</summary>
    public SslStreamCertificateContext Issue(string hostName, bool expired = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = ServerRequest(hostName, key);
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_root, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        var until = expired ? _now.AddDays(-1) : _now.AddDays(29);
        using var certificate = request.Create(_root, _now.AddDays(-2), until, RandomNumberGenerator.GetBytes(16));
        return ToContext(certificate.CopyWithPrivateKey(key));
    }

    /// <summary>A certificate for a host name that nobody but itself has signed.</summary>
    public static SslStreamCertificateContext SelfSigned(string hostName)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        return ToContext(ServerRequest(hostName, key).CreateSelfSigned(now.AddDays(-2), now.AddDays(29)));
    }

    public void Dispose() => _root.Dispose();

    private static CertificateRequest ServerRequest(string hostName, ECDsa key)
    {
        var request = new CertificateRequest($"CN={hostName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(hostName);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        return request;
    }

    private static SslStreamCertificateContext ToContext(X509Certificate2 certificate)
    {
        using (certificate)
        {
            // Windows' TLS can't use a key that exists in memory alone; going through PKCS #12 gives it a key container.
            return SslStreamCertificateContext.Create(
                X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null), additionalCertificates: null, offline: true);
        }
    }
}
