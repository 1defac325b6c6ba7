using System.Net;
using System.Net.Sockets;

namespace NapterFtp.Simulator.Gateway;

/// <summary>Connects to devices, each from the address that it is to see.</summary>
internal static class DeviceDialer
{
    /// <param name="way">How long a connection takes to reach the device.</param>
    public static async Task<Socket> ConnectAsync(GatewayConnection connection, TimeSpan way, CancellationToken cancellationToken)
    {
        var (sim, port, fault) = (connection.Entry.Request.Sim, connection.Entry.Request.DevicePort, connection.Fault);
        if (way > TimeSpan.Zero)
        {
            await Task.Delay(way, TimeProvider.System, cancellationToken);
        }

        if (!sim.Online || fault?.Kind == GatewayFaultKind.DeviceRefuses)
        {
            throw new SocketException((int)SocketError.ConnectionRefused);
        }

        if (fault?.Kind == GatewayFaultKind.DeviceTimesOut)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }

        return await ConnectAsync(
            sim.Resolve(port),
            fault?.Kind == GatewayFaultKind.OtherSourceAddress ? fault.SourceAddress : sim.AddressSeenAt(port),
            cancellationToken);
    }

    private static async Task<Socket> ConnectAsync(EndPoint device, IPAddress? from, CancellationToken cancellationToken)
    {
        var socket = from is null
            ? new Socket(SocketType.Stream, ProtocolType.Tcp)
            : new Socket(from.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (from is not null)
            {
                socket.Bind(new IPEndPoint(from, 0));
            }

            await socket.ConnectAsync(device, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
