using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;

namespace NapterFtp.Transport;

/// <summary>Connects to a host by whichever of its addresses answers first (RFC 8305, section 5): where IPv6 leads nowhere and says nothing,
/// as in many a company's network, IPv4 is not kept waiting for it.</summary>
internal static class HostDialer
{
    /// <summary>How long an address is tried alone before the next is tried beside it.</summary>
    public static TimeSpan HeadStart { get; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Looks the host up and connects.</summary>
    /// <exception cref="SocketException">It has no address, or none takes the connection.</exception>
    public static async Task<Socket> ConnectAsync(DnsEndPoint host, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(host.Host, cancellationToken);
        return addresses.Length == 0
            ? throw new SocketException((int)SocketError.HostNotFound)
            : await FirstAsync(addresses, (address, stop) => ConnectAsync(new IPEndPoint(address, host.Port), stop), TimeProvider.System, cancellationToken);
    }

    /// <summary>Tries addresses in their order, each with a head start to the next, until one connects; the others' connections are given up.</summary>
    /// <param name="addresses">One or more.</param>
    /// <param name="connect">Makes one connection.</param>
    /// <param name="time">The clock of the head starts.</param>
    /// <param name="cancellationToken">Gives all up.</param>
    public static async Task<T> FirstAsync<T>(
        IReadOnlyList<IPAddress> addresses, Func<IPAddress, CancellationToken, Task<T>> connect, TimeProvider time, CancellationToken cancellationToken)
        where T : IDisposable
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var underWay = new List<Task<T>>();
        try
        {
            for (var next = 0; ;)
            {
                if (next < addresses.Count)
                {
                    underWay.Add(connect(addresses[next++], stop.Token));
                }

                var any = Task.WhenAny(underWay);
                if (next < addresses.Count && !await IsWithinAsync(any, HeadStart, time, cancellationToken))
                {
                    continue;
                }

                var ended = await any;
                underWay.Remove(ended);
                try
                {
                    return await ended;
                }
                catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
                {
                    if (next == addresses.Count && underWay.Count == 0)
                    {
                        ExceptionDispatchInfo.Throw(exception);
                    }
                }
            }
        }
        finally
        {
            await stop.CancelAsync();
            foreach (var late in underWay)
            {
                _ = GiveUpAsync(late);
            }
        }
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<bool> IsWithinAsync(Task task, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            await task.WaitAsync(limit, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static async Task GiveUpAsync<T>(Task<T> late)
        where T : IDisposable
    {
        try
        {
            (await late).Dispose();
        }
        catch (Exception)
        {
            // It came to nothing, as it was meant to.
        }
    }
}
