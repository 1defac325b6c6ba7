using System.Net.Sockets;

namespace NapterFtp.Benchmarks.Source;

/// <summary>A blocking socket that reads much at a time and sends nothing before it is flushed or full: the source must not be
/// what limits those that fetch from it.</summary>
internal sealed class GatheringStream(Socket socket) : Stream
{
    private const int Size = 256 * 1024;

    private readonly byte[] _in = new byte[Size];
    private readonly byte[] _out = new byte[Size];
    private int _start;
    private int _end;
    private int _kept;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (_start == _end)
        {
            (_start, _end) = (0, socket.Receive(_in));
        }

        var count = Math.Min(buffer.Length, _end - _start);
        _in.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_kept + buffer.Length > Size)
        {
            Flush();
        }

        buffer.CopyTo(_out.AsSpan(_kept));
        _kept += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>SslStream writes <c>close_notify</c> asynchronously only; it is small enough to be sent here and now.</summary>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        Flush();
        return ValueTask.CompletedTask;
    }

    public override void Flush()
    {
        // Forgotten first: what cannot be sent shall not be tried again when the connection is closed.
        var left = _out.AsSpan(0, _kept);
        _kept = 0;
        while (!left.IsEmpty)
        {
            left = left[socket.Send(left)..];
        }
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
