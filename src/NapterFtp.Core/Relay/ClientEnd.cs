using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using NapterFtp.Transport;

namespace NapterFtp.Relay;

/// <summary>The client's end of a data connection.</summary>
/// <param name="client">How it comes about.</param>
/// <param name="protect">Adds TLS to it where the client asked for that.</param>
/// <param name="services">What the proxy's sessions share.</param>
internal sealed class ClientEnd(
    IDataClient client, Func<Connection, CancellationToken, Task<Connection>> protect, SessionServices services) : IDisposable
{
    /// <inheritdoc cref="IDataClient.WaitsForTransfer"/>
    public bool WaitsForTransfer => client.WaitsForTransfer;

    /// <summary>Waits for the client's connection, or makes it.</summary>
    /// <param name="transferBegun">Ends when the client has sent its transfer command.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="NapterFtpException"><c>ClientDataConnectionMissing</c>, and what <see cref="IDataClient.ConnectAsync"/> reports.</exception>
    public async Task<Connection> ConnectAsync(Task transferBegun, CancellationToken cancellationToken)
    {
        if (WaitsForTransfer)
        {
            await transferBegun.WaitAsync(cancellationToken);
        }

        var patience = services.Options.DataConnectTimeout;
        using var limit = new CancellationTokenSource(patience, services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var connection = await client.ConnectAsync(either.Token);
            return await protect(connection, either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new NapterFtpException(
                "ClientDataConnectionMissing",
                NapterFtpErrorKind.Timeout,
                $"The client made no data connection to {client.LocalEndPoint} within {patience.TotalSeconds:0} s.",
                "Check that the client can reach the address in the passive reply; -PassiveAddress sets another.");
        }
    }

    public void Dispose() => client.Dispose();
}

/// <summary>The client's end of a data connection: it comes to us (passive), or we go to it (active).</summary>
internal interface IDataClient : IDisposable
{
    /// <summary>Where the client comes to, or null where we go to it.</summary>
    IPEndPoint? LocalEndPoint { get; }

    /// <summary>Whether the connection is made only when the transfer command has been given.</summary>
    bool WaitsForTransfer { get; }

    /// <summary>The connection with the client of this session, and nobody else.</summary>
    Task<Connection> ConnectAsync(CancellationToken cancellationToken);
}

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

/// <summary>Connects to where an active-mode client listens (PORT, EPRT).</summary>
internal sealed class ActiveDataClient(IPEndPoint client, IPAddress localAddress) : IDataClient
{
    public IPEndPoint? LocalEndPoint => null;

    public bool WaitsForTransfer => true;

    public async Task<Connection> ConnectAsync(CancellationToken cancellationToken)
    {
        Socket? socket = null;
        try
        {
            FileHandles.OfProcess.Ask();
            socket = new Socket(client.AddressFamily, SocketType.Stream, ProtocolType.Tcp);

            // From the address the client knows us by: its own firewall may let nothing else in.
            socket.Bind(new IPEndPoint(Addresses.Plain(localAddress), 0));
            await socket.ConnectAsync(client, cancellationToken);
            return new SocketConnection(socket, mayBlock: !SocketTuning.Default.AsynchronyIsForGood);
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            throw FileHandles.AreOut(e) ? FileHandles.Error($"The client's data port {client} cannot be dialled", client, e) : new NapterFtpException(
                "ClientDataPortUnreachable",
                NapterFtpErrorKind.Connection,
                $"The client's data port {client} cannot be reached: {e.Message}",
                "Use passive mode, or let the client's firewall admit connections from the relay.",
                client,
                e);
        }
        catch
        {
            socket?.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
    }
}
