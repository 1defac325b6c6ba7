using System.Net.Sockets;

namespace NapterFtp.Transport;

/// <summary>The blocking calls, for a thread of its own.</summary>
internal sealed partial class SocketConnection
{
    public override int Read(Span<byte> buffer)
    {
        var count = _socket.Receive(buffer);
        while (count > 0 && count < buffer.Length && _socket.Available > 0)
        {
            // What came meanwhile: two small pieces cost twice as much on their way as one large one.
            count += _socket.Receive(buffer[count..]);
        }

        return count;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            buffer = buffer[_socket.Send(buffer)..];
        }
    }

    public override void CompleteWrites() => _socket.Shutdown(SocketShutdown.Send);
}
