using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using NapterFtp.Simulator;
using NapterFtp.Simulator.Gateway;

namespace NapterFtp.Benchmarks.SmallFiles;

/// <summary>The device as a client would reach it with no relay, gateway or API between: the simulator's own link, with the same
/// round trip, in front of the same device. On loopback a connection is made at once; on such a line the client would wait a round
/// trip for it, so that its next command is held back for as long. Listens on an address of its own, so that the device's port numbers stay as they are.</summary>
internal sealed partial class PlainLink : IAsyncDisposable
{
    private static readonly IPAddress s_address = IPAddress.Parse("127.0.0.9");

    private readonly SimulatedSim _sim;
    private readonly SimLink _link;
    private readonly TimeSpan _roundTrip;
    private readonly CancellationTokenSource _stop = new();
    private long _lastConnect;

    public PlainLink(SimulatedSim sim, SimulatorOptions options)
    {
        _sim = sim;
        _roundTrip = options.RoundTrip;
        _link = new SimLink(options.RoundTrip, options.ConnectRoundTrips, options.Bandwidth);
        var listener = Listen(0);
        EndPoint = (IPEndPoint)listener.LocalEndpoint;
        _ = AcceptAsync(listener, 21);
    }

    public IPEndPoint EndPoint { get; }

    public async ValueTask DisposeAsync() => await _stop.CancelAsync();

    private static TcpListener Listen(int port)
    {
        var listener = new TcpListener(s_address, port);
        listener.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Start();
        return listener;
    }

    private async Task AcceptAsync(TcpListener listener, int devicePort)
    {
        using (listener)
        {
            try
            {
                do
                {
                    _ = RelayAsync(await listener.AcceptSocketAsync(_stop.Token), devicePort);
                }
                while (devicePort == 21);
            }
            catch (OperationCanceledException)
            {
            }
        }
    }

    private async Task RelayAsync(Socket client, int devicePort)
    {
        using (client)
        {
            client.NoDelay = true;
            Volatile.Write(ref _lastConnect, TimeProvider.System.GetTimestamp());
            try
            {
                await Task.Delay(_link.ConnectTime, TimeProvider.System, _stop.Token);
                var device = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await device.ConnectAsync(_sim.Resolve(devicePort), _stop.Token);
                await using var channel = _link.Attach(device);
                await Task.WhenAll(ToDeviceAsync(client, channel), FromDeviceAsync(client, channel, devicePort == 21));
            }
            catch (Exception e) when (e is SocketException or IOException or OperationCanceledException or ObjectDisposedException)
            {
            }
        }
    }

    private async Task ToDeviceAsync(Socket client, ByteChannel device)
    {
        var buffer = new byte[64 * 1024];
        while (await client.ReceiveAsync(buffer, _stop.Token) is > 0 and var count)
        {
            var left = _roundTrip - TimeProvider.System.GetElapsedTime(Volatile.Read(ref _lastConnect));
            if (left > TimeSpan.Zero)
            {
                await Task.Delay(left, TimeProvider.System, _stop.Token);
            }

            await device.SendAsync(buffer.AsMemory(0, count), _stop.Token);
        }

        await device.ShutdownAsync();
    }

    private async Task FromDeviceAsync(Socket client, ByteChannel device, bool control)
    {
        var buffer = new byte[64 * 1024];
        while (await device.ReceiveAsync(buffer, _stop.Token) is > 0 and var count)
        {
            if (control && PassivePort().Match(Encoding.Latin1.GetString(buffer, 0, count)) is { Success: true } match)
            {
                var port = int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
                _ = AcceptAsync(Listen(port), port);
            }

            await client.SendAsync(buffer.AsMemory(0, count), _stop.Token);
        }

        client.Shutdown(SocketShutdown.Send);
    }

    [GeneratedRegex(@"\(\|\|\|(\d+)\|\)")]
    private static partial Regex PassivePort();
}
