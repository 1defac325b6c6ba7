using System.Net.Security;

namespace NapterFtp.Simulator.Gateway;

/// <summary>The gateway's certificate, and the wrong ones that faults show in its place.</summary>
internal sealed class GatewayCertificates(CertificateAuthority authority) : IDisposable
{
    private readonly SslStreamCertificateContext _good = authority.Issue(NapterGateway.HostName);
    private readonly Lazy<SslStreamCertificateContext> _expired = new(() => authority.Issue(NapterGateway.HostName, expired: true));
    private readonly Lazy<SslStreamCertificateContext> _wrongName = new(() => authority.Issue("192-0-2-1.napter.simulator.test"));
    private readonly Lazy<SslStreamCertificateContext> _selfSigned = new(() => CertificateAuthority.SelfSigned(NapterGateway.HostName));
    private readonly Lazy<SslStreamCertificateContext> _other = new(() =>
    {
        using var other = new CertificateAuthority("Another CA");
        return other.Issue(NapterGateway.HostName);
    });

    public SslStreamCertificateContext For(GatewayFault? fault) => fault?.Kind switch
    {
        GatewayFaultKind.ExpiredCertificate => _expired.Value,
        GatewayFaultKind.WrongHostName => _wrongName.Value,
        GatewayFaultKind.SelfSigned => _selfSigned.Value,
        GatewayFaultKind.OtherAuthority => _other.Value,
        _ => _good,
    };

    public void Dispose()
    {
        _good.TargetCertificate.Dispose();
        foreach (var wrong in new[] { _expired, _wrongName, _selfSigned, _other }.Where(wrong => wrong.IsValueCreated))
        {
            wrong.Value.TargetCertificate.Dispose();
        }
    }
}
