using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace NapterFtp.Transport;

/// <summary>Connects to SORACOM's gateway over TCP and TLS. Trying again is the caller's business.</summary>
internal sealed class GatewayDialer(GatewayDialerOptions options, TimeProvider time) : IGatewayDialer
{
    public async Task<Connection> ConnectAsync(GatewayEndPoint endPoint, CancellationToken cancellationToken)
    {
        var connection = await ConnectSocketAsync(endPoint, cancellationToken);
        return endPoint.Tls ? await HandshakeAsync(endPoint, connection, cancellationToken) : connection;
    }

    private async Task<SocketConnection> ConnectSocketAsync(GatewayEndPoint endPoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(endPoint.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        using var limit = new TimeLimit(options.ConnectTimeout, time, cancellationToken);
        try
        {
            await socket.ConnectAsync(endPoint.EndPoint, limit.Token);
            return new SocketConnection(socket, options.Socket);
        }
        catch (Exception exception)
        {
            socket.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw limit.Token.IsCancellationRequested
                ? GatewayErrors.Timeout(endPoint, options.ConnectTimeout, "took no connection", exception)
                : GatewayErrors.Connect(endPoint, exception);
        }
    }

    private async Task<TlsConnection> HandshakeAsync(
        GatewayEndPoint endPoint, SocketConnection connection, CancellationToken cancellationToken)
    {
        var verdict = SslPolicyErrors.None;
        string? chainStatus = null;
        using var limit = new TimeLimit(options.HandshakeTimeout, time, cancellationToken);
        try
        {
            return await TlsConnection.ConnectAsync(
                connection,
                new SslClientAuthenticationOptions
                {
                    TargetHost = endPoint.HostName,
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                    RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                    {
                        verdict = GatewayCertificate.Verify(certificate, chain, errors, options.ExtraRoots);
                        chainStatus = string.Join(", ", chain?.ChainStatus.Select(status => status.Status.ToString()) ?? []);
                        return verdict == SslPolicyErrors.None;
                    },
                },
                limit.Token);
        }
        catch (Exception exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw limit.Token.IsCancellationRequested
                ? GatewayErrors.Timeout(endPoint, options.HandshakeTimeout, "did not complete the TLS handshake", exception)
                : GatewayErrors.Handshake(endPoint, verdict, chainStatus, exception);
        }
    }
}
