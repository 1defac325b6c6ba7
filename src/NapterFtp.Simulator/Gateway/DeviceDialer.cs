using System.Net;
using System.Net.Sockets;

namespace NapterFtp.Simulator.Gateway;

/// <summary>Connects to a device, from the address that the device is to see.</summary>
internal static class DeviceDialer
{
    /// <param name="way">How long a connection takes to reach the device.</param>
    public static async Task<Socket> ConnectAsync(
        SimulatedSim sim, int devicePort, TimeSpan way, CancellationToken cancellationToken, IPAddress? from = null)
    {
        if (way > TimeSpan.Zero)
        {
            await Task.Delay(way, TimeProvider.System, cancellationToken);
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if ((from ?? sim.AddressSeenAt(devicePort)) is { } address)
            {
                socket.Bind(new IPEndPoint(address, 0));
            }

            await socket.ConnectAsync(sim.Resolve(devicePort), cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
