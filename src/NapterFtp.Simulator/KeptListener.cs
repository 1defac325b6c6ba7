using System.Net;
using System.Net.Sockets;

namespace NapterFtp.Simulator;

/// <summary>Listens on a port that, where the system chose it, nobody else gets for a moment behind the end. Who dials it late, for he was on his
/// way already, is refused then; else another simulated device that has the port by now would take him for its own client.</summary>
internal sealed class KeptListener : IDisposable
{
    private static readonly TimeSpan s_kept = TimeSpan.FromSeconds(5);

    private readonly Socket _listener;
    private readonly Socket? _holder;
    private int _disposed;

    /// <param name="endPoint">A loopback address, and a port or 0 for any.</param>
    /// <exception cref="SocketException">The port is in use.</exception>
    public KeptListener(IPEndPoint endPoint)
    {
        _listener = Bind(endPoint);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        if (endPoint.Port == 0 && OperatingSystem.IsLinux())
        {
            // Only Linux lets a socket that does not listen share a port with one that does.
            _holder = Bind(EndPoint);
        }
    }

    public IPEndPoint EndPoint { get; }

    public bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    public void Listen(int backlog) => _listener.Listen(backlog);

    public ValueTask<Socket> AcceptAsync(CancellationToken cancellationToken) => _listener.AcceptAsync(cancellationToken);

    /// <summary>Refuses from here on.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        _listener.Dispose();
        if (_holder is { } holder)
        {
            _ = LeaveLaterAsync(holder);
        }
    }

    private static Socket Bind(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endPoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task LeaveLaterAsync(Socket holder)
    {
        await Task.Delay(s_kept, TimeProvider.System);
        holder.Dispose();
    }
}
