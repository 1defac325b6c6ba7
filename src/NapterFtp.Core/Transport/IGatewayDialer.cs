namespace NapterFtp.Transport;

/// <summary>Connects to SORACOM's gateway.</summary>
internal interface IGatewayDialer
{
    /// <summary>Connects and, where the end point says so, completes the TLS handshake with certificate and host name verified.</summary>
    /// <exception cref="NapterFtpException">
    /// <c>GatewayUnreachable</c> (refused or no route), <c>GatewayTimeout</c> (no answer: expired entry, source address not
    /// allowed, or device gone), <c>GatewayReset</c>, <c>GatewayCertificateNotTrusted</c>, <c>GatewayNameMismatch</c>,
    /// <c>GatewayHandshakeFailed</c>.
    /// </exception>
    Task<Connection> ConnectAsync(GatewayEndPoint endPoint, CancellationToken cancellationToken);
}
