using System.Net;
using System.Net.Sockets;

namespace NapterFtp.Testing;

/// <summary>Ports for servers that cannot be told to take any: free a moment ago, so that the caller tries again where that has changed.
/// They lie below those that systems give out (Linux from 32768, Windows and macOS from 49152), else one that listens on any port,
/// or merely connects, could get it before the server does.</summary>
public static class FreePorts
{
    private const int First = 21_000;
    private const int End = 32_768;

    public static int One() => Block(1);

    /// <summary>The first of <paramref name="count"/> free ports in a row.</summary>
    public static int Block(int count)
    {
        while (true)
        {
            var first = Random.Shared.Next(First, End - count);
            if (Enumerable.Range(first, count).All(IsFree))
            {
                return first;
            }
        }
    }

    // Only bound: a process that another test is starting holds a copy of what is open here for a moment, and a listener would keep the port.
    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
