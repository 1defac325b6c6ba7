using System.Net;
using System.Net.Sockets;

namespace NapterFtp.Simulator.Device;

/// <summary>What a session's data connections come from: a passive listener, or the client's end point.</summary>
internal sealed class DataChannel(PassivePorts ports, SimulatedFtpDeviceOptions options, IPAddress clientAddress) : IDisposable
{
    private KeptListener? _listener;
    private IPEndPoint? _client;

    public void Dispose() => Close();

    /// <summary>Listens on a new port, or, where <paramref name="keep"/> says so, on the one already open; gives its number.</summary>
    public int Listen(bool keep)
    {
        if (!keep || _listener is null)
        {
            Close();
            _listener = ports.Listen();
        }

        _client = null;
        return _listener.EndPoint.Port;
    }

    /// <summary>Chooses active mode: the device will connect to the client.</summary>
    public void UseActive(IPEndPoint client)
    {
        Close();
        _client = client;
    }

    /// <summary>Ends what PASV or PORT set up.</summary>
    public void Close()
    {
        _listener?.Dispose();
        _listener = null;
        _client = null;
    }

    /// <summary>The data connection, waited for or made.</summary>
    /// <exception cref="DeviceReplyException">425.</exception>
    public async Task<Socket> ConnectAsync(CancellationToken cancellationToken)
    {
        if (_listener is null && _client is null)
        {
            throw new DeviceReplyException(425, "Use PORT or PASV first.");
        }

        using var limit = new CancellationTokenSource(options.DataTimeout, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return _listener is null ? await ConnectToClientAsync(_client!, either.Token) : await AcceptAsync(_listener, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DeviceReplyException(425, "Failed to establish connection.");
        }
        catch (SocketException)
        {
            throw new DeviceReplyException(425, "Failed to establish connection.");
        }
    }

    private static async Task<Socket> ConnectToClientAsync(IPEndPoint client, CancellationToken cancellationToken)
    {
        var socket = new Socket(client.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(client, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<Socket> AcceptAsync(KeptListener listener, CancellationToken cancellationToken)
    {
        var socket = await listener.AcceptAsync(cancellationToken);
        var peer = ((IPEndPoint)socket.RemoteEndPoint!).Address;
        if (options.ChecksDataPeer && !peer.Equals(clientAddress))
        {
            socket.Dispose();
            throw new DeviceReplyException(425, "Security: Bad IP connecting.");
        }

        return socket;
    }
}
