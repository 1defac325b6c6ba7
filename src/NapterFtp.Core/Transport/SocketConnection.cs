using System.Net;
using System.Net.Sockets;

namespace NapterFtp.Transport;

/// <summary>A connection over a TCP socket, which it owns.</summary>
internal sealed class SocketConnection : Connection
{
    private readonly Socket _socket;

    public SocketConnection(Socket socket, SocketTuning? tuning = null)
    {
        _socket = socket;
        (tuning ?? SocketTuning.Default).Apply(socket);

        // Asked for now: a closed socket no longer tells.
        LocalEndPoint = EndPointOf(() => socket.LocalEndPoint);
        RemoteEndPoint = EndPointOf(() => socket.RemoteEndPoint);
    }

    public override IPEndPoint? LocalEndPoint { get; }

    public override IPEndPoint? RemoteEndPoint { get; }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        _socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        while (!buffer.IsEmpty)
        {
            buffer = buffer[await _socket.SendAsync(buffer, SocketFlags.None, cancellationToken)..];
        }
    }

    public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken)
    {
        _socket.Shutdown(SocketShutdown.Send);
        return ValueTask.CompletedTask;
    }

    public override void Abort()
    {
        try
        {
            // With no time to linger, closing sends RST and drops what is unsent.
            _socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
        }

        _socket.Dispose();
    }

    public override ValueTask DisposeAsync()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
        }

        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private static IPEndPoint? EndPointOf(Func<EndPoint?> ask)
    {
        try
        {
            return ask() as IPEndPoint;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }
}
