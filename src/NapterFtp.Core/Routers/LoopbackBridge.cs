using System.Net;
using System.Net.Sockets;
using NapterFtp.Entries;
using NapterFtp.Transport;

namespace NapterFtp.Routers;

/// <summary>A loopback port that leads to a connection of ours, for SSH.NET, which takes no stream. It lets one connection in. Another program
/// that were first would meet an SSH server that it has no login for, and our client a closed port.</summary>
internal sealed class LoopbackBridge : IAsyncDisposable
{
    private readonly Connection _far;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ByteCounters _counters;
    private readonly TimeProvider _time;
    private readonly Task _running;
    private Connection? _near;

    /// <param name="far">What it leads to; the bridge closes it.</param>
    /// <param name="counters">Counts what goes over it.</param>
    /// <param name="time">The clock.</param>
    public LoopbackBridge(Connection far, ByteCounters counters, TimeProvider time)
    {
        _far = far;
        _counters = counters;
        _time = time;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(1);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _running = RunAsync();
    }

    /// <summary>Where to connect on 127.0.0.1.</summary>
    public int Port { get; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        _near?.Abort();
        _far.Abort();
        await _running;
        await _far.DisposeAsync();
    }

    private async Task RunAsync()
    {
        try
        {
            var socket = await _listener.AcceptAsync();
            _listener.Dispose();
            _near = new SocketConnection(socket, mayBlock: false);
            var pump = DataPump.Start(_near, _far, _counters, new DataPumpOptions { Time = _time }, CancellationToken.None);
            await pump.Completion;
            await _near.DisposeAsync();
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Closed before anybody came.
        }
    }
}
