using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NapterFtp.Benchmarks.Clients;

/// <summary>A client of a contestant that relays TCP: one connection a transfer.</summary>
internal sealed class RawClient(IPEndPoint contestant) : IBulkClient
{
    public Transfer Download(long bytes)
    {
        var watch = Stopwatch.StartNew();
        using var socket = BulkSocket.Connect(contestant);
        socket.Send(Encoding.ASCII.GetBytes($"GET {bytes}\n"));
        var first = BulkSocket.Receive(socket, bytes, watch);
        return new Transfer(watch.Elapsed.TotalSeconds, first);
    }

    public Transfer Upload(long bytes)
    {
        var watch = Stopwatch.StartNew();
        using var socket = BulkSocket.Connect(contestant);
        socket.Send(Encoding.ASCII.GetBytes($"PUT {bytes}\n"));
        var first = watch.Elapsed.TotalSeconds;
        BulkSocket.Send(socket, bytes);
        BulkSocket.Receive(socket, 2, watch);
        var seconds = watch.Elapsed.TotalSeconds;
        socket.Shutdown(SocketShutdown.Send);
        return new Transfer(seconds, first);
    }

    public void Dispose()
    {
    }
}
