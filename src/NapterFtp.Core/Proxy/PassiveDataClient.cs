using System.Net;
using Microsoft.Extensions.Logging;
using NapterFtp.Listening;
using NapterFtp.Transport;

namespace NapterFtp.Proxy;

/// <summary>Takes one data connection, and only from the address the control connection comes from: another host that guesses
/// the port is turned away without disturbing the rightful client (RFC 2577, section 5).</summary>
internal sealed class PassiveDataClient(LocalListener listener, IPAddress clientAddress, ILogger logger) : IDataClient
{
    public IPEndPoint? LocalEndPoint => listener.EndPoint;

    public bool WaitsForTransfer => false;

    public async Task<Connection> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await listener.AcceptAsync(cancellationToken) is { } socket)
            {
                if (socket.RemoteEndPoint is IPEndPoint peer && Addresses.AreSame(peer.Address, clientAddress))
                {
                    return new SocketConnection(socket);
                }

                logger.LogWarning("Refused a data connection from {Peer}: it belongs to {Client}.", socket.RemoteEndPoint, clientAddress);
                socket.Dispose();
            }

            throw new OperationCanceledException(cancellationToken);
        }
        finally
        {
            listener.Dispose();
        }
    }

    public void Dispose() => listener.Dispose();
}
