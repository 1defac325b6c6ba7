using System.Net;
using System.Net.Sockets;

namespace NapterFtp.Simulator.Device;

/// <summary>Where passive data listeners get their port numbers: from the system, or from a small block of numbers used in turn.</summary>
internal sealed class PassivePorts
{
    // Below every system's range of outgoing ports, so that a number of the block is not taken by somebody's connection meanwhile,
    // and beside the proxy's own data ports.
    private const int LowestBlock = 21_000;
    private const int HighestBlock = 32_000;
    private readonly object _gate = new();
    private readonly IPAddress _address;
    private readonly int _count;
    private readonly int _first;
    private int _next;

    /// <param name="address">The address to listen on.</param>
    /// <param name="count">How many numbers the block has; 0 for any number the system chooses.</param>
    public PassivePorts(IPAddress address, int count)
    {
        _address = address;
        _count = count;
        _first = count > 0 ? FindFreeBlock() : 0;
    }

    /// <summary>Listens on the next port.</summary>
    /// <exception cref="DeviceReplyException">425 where all are in use.</exception>
    public Socket Listen()
    {
        if (_count == 0)
        {
            return TryListen(0) ?? throw NoFreePort();
        }

        lock (_gate)
        {
            for (var tries = 0; tries < _count; tries++)
            {
                var port = _first + _next;
                _next = (_next + 1) % _count;
                if (TryListen(port) is { } listener)
                {
                    return listener;
                }
            }
        }

        throw NoFreePort();
    }

    private static DeviceReplyException NoFreePort() => new(425, "No free passive port.");

    private Socket? TryListen(int port)
    {
        var socket = new Socket(_address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(_address, port));
            socket.Listen(1);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    /// <summary>The start is taken from a port the system chooses, so that devices started at once look in different places.</summary>
    private int FindFreeBlock()
    {
        int seed;
        using (var probe = TryListen(0) ?? throw NoFreePort())
        {
            seed = ((IPEndPoint)probe.LocalEndPoint!).Port;
        }

        for (var step = 0; step < 100; step++)
        {
            var first = LowestBlock + (((seed * 37) + (step * 127)) % (HighestBlock - LowestBlock));
            if (Enumerable.Range(first, _count).All(IsFree))
            {
                return first;
            }
        }

        throw NoFreePort();
    }

    private bool IsFree(int port)
    {
        using var socket = TryListen(port);
        return socket is not null;
    }
}
