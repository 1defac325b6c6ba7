using System.Net;
using System.Net.Sockets;

namespace NapterFtp.Testing;

/// <summary>Ports for servers that cannot be told to take any: free a moment ago, so that the caller tries again where that has changed.</summary>
public static class FreePorts
{
    public static int One()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>The first of <paramref name="count"/> free ports in a row.</summary>
    public static int Block(int count)
    {
        while (true)
        {
            var first = One();
            if (Enumerable.Range(first, count).All(IsFree))
            {
                return first;
            }
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (Exception e) when (e is SocketException or ArgumentOutOfRangeException)
        {
            return false;
        }
    }
}
