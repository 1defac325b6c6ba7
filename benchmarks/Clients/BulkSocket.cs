using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace NapterFtp.Benchmarks.Clients;

/// <summary>The client's end of a data connection: blocking, 256 KiB at a time, so that the client costs little.</summary>
internal static class BulkSocket
{
    private const int Size = 256 * 1024;

    public static Socket Connect(IPEndPoint endPoint)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(endPoint);
        socket.ReceiveTimeout = socket.SendTimeout = 120_000;
        return socket;
    }

    /// <summary>Receives so many bytes, and notes when the first came.</summary>
    public static double Receive(Socket socket, long bytes, Stopwatch watch)
    {
        var buffer = new byte[Size];
        var (total, first) = (0L, 0.0);
        while (total < bytes)
        {
            var count = socket.Receive(buffer);
            if (count == 0)
            {
                throw new IOException($"The contestant ended the connection after {total} of {bytes} bytes.");
            }

            first = total == 0 ? watch.Elapsed.TotalSeconds : first;
            total += count;
        }

        return first;
    }

    public static void Send(Socket socket, long bytes)
    {
        var buffer = new byte[Size];
        for (var left = bytes; left > 0;)
        {
            left -= socket.Send(buffer, (int)Math.Min(left, Size), SocketFlags.None);
        }
    }
}
