using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace NapterFtp.Simulator.Device;

/// <summary>Where passive data listeners get their port numbers: from the system, or from a small block of numbers used in turn.</summary>
internal sealed class PassivePorts : IDisposable
{
    // Below every system's range of outgoing ports, so that a number of the block is not taken by somebody's connection meanwhile,
    // and beside the proxy's own data ports.
    private const int LowestBlock = 21_000;
    private const int HighestBlock = 32_000;
    // Numbers of this process's devices. A device listens only now and then: that nobody listens does not tell that a number is free.
    private static readonly ConcurrentDictionary<int, PassivePorts> s_taken = new();

    // A process that is being started holds a copy of a listener just closed until its own program runs.
    private static readonly TimeSpan Lingering = TimeSpan.FromSeconds(2);

    private readonly object _gate = new();
    private readonly Dictionary<int, KeptListener> _listeners = [];
    private readonly IPAddress _address;
    private readonly int _count;
    private readonly int _first;
    private int _next;

    /// <param name="address">The address to listen on.</param>
    /// <param name="count">How many numbers the block has; 0 for any number the system chooses.</param>
    /// <param name="first">The block's first number; 0 for one that is found to be free.</param>
    public PassivePorts(IPAddress address, int count, int first = 0)
    {
        _address = address;
        _count = count;
        _first = first > 0 ? first : count > 0 ? FindFreeBlock() : 0;
    }

    /// <summary>Listens on the next port.</summary>
    /// <exception cref="DeviceReplyException">425 where all are in use.</exception>
    public KeptListener Listen()
    {
        if (_count == 0)
        {
            return TryListen(0) ?? throw NoFreePort();
        }

        lock (_gate)
        {
            KeptListener? listener = null;
            if (!SpinWait.SpinUntil(() => (listener = ListenOnNext()) is not null || !MayComeFree(), Lingering) || listener is null)
            {
                throw NoFreePort();
            }

            return listener;
        }
    }

    /// <summary>Lets other devices have the numbers.</summary>
    public void Dispose()
    {
        foreach (var (port, owner) in s_taken)
        {
            if (owner == this)
            {
                s_taken.TryRemove(port, out _);
            }
        }
    }

    private static DeviceReplyException NoFreePort() => new(425, "No free passive port.");

    private KeptListener? ListenOnNext()
    {
        for (var tries = 0; tries < _count; tries++)
        {
            var port = _first + _next;
            _next = (_next + 1) % _count;
            if (TryListen(port) is { } listener)
            {
                return _listeners[port] = listener;
            }
        }

        return null;
    }

    /// <summary>Whether there is a number on which no session listens, as far as this device knows.</summary>
    private bool MayComeFree() =>
        Enumerable.Range(_first, _count).Any(port => !_listeners.TryGetValue(port, out var listener) || listener.IsDisposed);

    private KeptListener? TryListen(int port)
    {
        KeptListener? listener = null;
        try
        {
            listener = new KeptListener(new IPEndPoint(_address, port));
            listener.Listen(1);
            return listener;
        }
        catch (SocketException)
        {
            listener?.Dispose();
            return null;
        }
    }

    /// <summary>The start is taken from a port the system chooses, so that devices started at once look in different places.</summary>
    private int FindFreeBlock()
    {
        int seed;
        using (var probe = TryListen(0) ?? throw NoFreePort())
        {
            seed = probe.EndPoint.Port;
        }

        var first = 0;
        for (var step = 0; step < 100; step++)
        {
            first = LowestBlock + (((seed * 37) + (step * 127)) % (HighestBlock - LowestBlock));
            if (Enumerable.Range(first, _count).All(port => s_taken.TryAdd(port, this) && IsFree(port)))
            {
                return first;
            }

            Dispose();
        }

        // Many devices with many ports each: there are enough in each block, though not for it alone.
        return first;
    }

    private bool IsFree(int port)
    {
        using var listener = TryListen(port);
        return listener is not null;
    }
}
