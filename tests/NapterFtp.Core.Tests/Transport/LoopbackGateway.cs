using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using NapterFtp.Transport;

namespace NapterFtp.Core.Tests.Transport;

/// <summary>A listening socket in the gateway's place; what it does with a connection is the test's choice.</summary>
internal sealed class LoopbackGateway : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public LoopbackGateway(string hostName = "gateway.test")
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        EndPoint = new GatewayEndPoint((IPEndPoint)_listener.LocalEndPoint!, hostName);
    }

    public GatewayEndPoint EndPoint { get; }

    public Task<Socket> AcceptAsync() => _listener.AcceptAsync();

    public async Task<SslStream> AcceptTlsAsync(X509Certificate2 certificate, SslProtocols protocols = SslProtocols.None)
    {
        var stream = new SslStream(new NetworkStream(await AcceptAsync(), ownsSocket: true));
        await stream.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true),
                EnabledSslProtocols = protocols,
            });
        return stream;
    }

    public void Dispose() => _listener.Dispose();
}
