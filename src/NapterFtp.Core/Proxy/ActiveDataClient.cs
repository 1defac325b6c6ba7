using System.Net;
using System.Net.Sockets;
using NapterFtp.Listening;
using NapterFtp.Transport;

namespace NapterFtp.Proxy;

/// <summary>Connects to where an active-mode client listens (PORT, EPRT).</summary>
internal sealed class ActiveDataClient(IPEndPoint client, IPAddress localAddress) : IDataClient
{
    public IPEndPoint? LocalEndPoint => null;

    public bool WaitsForTransfer => true;

    public async Task<Connection> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(client.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // From the address the client knows us by: its own firewall may let nothing else in.
            socket.Bind(new IPEndPoint(Addresses.Plain(localAddress), 0));
            await socket.ConnectAsync(client, cancellationToken);
            return new SocketConnection(socket, asynchronous: true);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new NapterFtpException(
                "ClientDataPortUnreachable",
                NapterFtpErrorKind.Connection,
                $"The client's data port {client} cannot be reached: {e.Message}",
                "Use passive mode, or let the client's firewall admit connections from the relay.",
                client,
                e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
    }
}
