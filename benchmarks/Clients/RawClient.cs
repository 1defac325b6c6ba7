using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NapterFtp.Benchmarks.Clients;

/// <summary>A client of a contestant that relays TCP: one connection, made with the first transfer.</summary>
internal sealed class RawClient(IPEndPoint contestant) : IBulkClient
{
    private Socket? _socket;

    public Transfer Download(long bytes)
    {
        var watch = Stopwatch.StartNew();
        var socket = Ask($"GET {bytes}\n");
        var first = BulkSocket.Receive(socket, bytes, watch);
        return new Transfer(watch.Elapsed.TotalSeconds, first);
    }

    public Transfer Upload(long bytes)
    {
        var watch = Stopwatch.StartNew();
        var socket = Ask($"PUT {bytes}\n");
        var first = watch.Elapsed.TotalSeconds;
        BulkSocket.Send(socket, bytes);
        BulkSocket.Receive(socket, "OK\r\n".Length, watch);
        return new Transfer(watch.Elapsed.TotalSeconds, first);
    }

    public void Dispose() => _socket?.Dispose();

    private Socket Ask(string line)
    {
        _socket ??= BulkSocket.Connect(contestant);
        _socket.Send(Encoding.ASCII.GetBytes(line));
        return _socket;
    }
}
