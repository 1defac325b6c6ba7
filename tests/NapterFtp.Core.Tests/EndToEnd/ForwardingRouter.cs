using System.Net;
using System.Net.Sockets;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.EndToEnd;

/// <summary>Stands in for a cellular router: each of its ports leads to one port of a device in its LAN.</summary>
internal sealed class ForwardingRouter : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<TcpListener> _listeners = [];
    private readonly List<Task> _accepting = [];

    /// <summary>Forwards as many ports in a row as there are devices' ports.</summary>
    /// <returns>The first of the router's ports.</returns>
    public int Forward(params IReadOnlyList<IPEndPoint> devicePorts)
    {
        // What was free a moment ago may be taken by now.
        while (true)
        {
            var first = FreePorts.Block(devicePorts.Count);
            var listeners = new List<TcpListener>();
            try
            {
                foreach (var offset in Enumerable.Range(0, devicePorts.Count))
                {
                    listeners.Add(new TcpListener(IPAddress.Loopback, first + offset));
                    listeners[^1].Start();
                }
            }
            catch (SocketException)
            {
                listeners.ForEach(listener => listener.Dispose());
                continue;
            }

            _listeners.AddRange(listeners);
            _accepting.AddRange(listeners.Zip(devicePorts, AcceptAsync));
            return first;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listeners.ForEach(listener => listener.Dispose());
        await Task.WhenAll(_accepting);
        _stop.Dispose();
    }

    private async Task AcceptAsync(TcpListener listener, IPEndPoint device)
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(RelayAsync(await listener.AcceptSocketAsync(_stop.Token), device));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task RelayAsync(Socket outside, IPEndPoint device)
    {
        using var inside = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (outside)
        {
            try
            {
                await inside.ConnectAsync(device, _stop.Token);
                await Task.WhenAll(CopyAsync(outside, inside), CopyAsync(inside, outside));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // One of the two has gone, or nobody listens there: the other sees its end.
            }
        }
    }

    private async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[16384];
        while (await from.ReceiveAsync(buffer, _stop.Token) is var count and > 0)
        {
            await to.SendAsync(buffer.AsMemory(0, count), _stop.Token);
        }

        to.Shutdown(SocketShutdown.Send);
    }
}
