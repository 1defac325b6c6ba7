using System.Buffers;
using System.Buffers.Binary;

namespace NapterFtp.Simulator.Gateway;

/// <summary>The socket under TLS. Reads ahead and hands out one TLS record at a time, so that what is complete can be told from what
/// isn't; and gathers the records of one write into one call to the system. Small calls are what bulk transfers cost.</summary>
internal sealed class RecordStream(ByteChannel channel) : Stream
{
    private const int HeaderLength = 5;

    private readonly object _writeLock = new();
    private readonly ByteBuffer _input = new(2 * 1024);
    private byte[] _output = [];
    private int _outputLength;
    private int _recordRest;

    /// <summary>Whether writes wait for <see cref="SendAsync"/>, and reads hold <see cref="TlsState"/>; off during the handshake.</summary>
    public bool Gathers { get; set; }

    /// <summary>Held by a read once the handshake is done, but for the time in which it waits for the network; and by whoever has
    /// close_notify made.</summary>
    /// <remarks>SslStream keeps reads and writes apart, but not the making of close_notify: beside a read that decrypts, it damages
    /// OpenSSL's memory, and the process ends sooner or later.</remarks>
    public SemaphoreSlim TlsState { get; } = new(1);

    /// <summary>Whether the peer's end of stream has been read off the socket.</summary>
    public bool PeerHasEnded { get; private set; }

    /// <summary>Whether a whole record is there, so that TLS can decrypt without waiting for the network.</summary>
    public bool HasWholeRecord => _recordRest == 0 && _input.Length >= HeaderLength
        && _input.Length >= HeaderLength + BinaryPrimitives.ReadUInt16BigEndian(_input.Span[3..]);

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }

        while (_input.Length == 0 || (_recordRest == 0 && _input.Length < HeaderLength && !PeerHasEnded))
        {
            var read = await ReceiveAsync(cancellationToken);
            if (read == 0)
            {
                PeerHasEnded = true;
                if (_input.Length == 0)
                {
                    return 0;
                }

                break;
            }

            _input.Add(read);
        }

        if (_recordRest == 0)
        {
            _recordRest = _input.Length < HeaderLength
                ? _input.Length
                : HeaderLength + BinaryPrimitives.ReadUInt16BigEndian(_input.Span[3..]);
        }

        var length = Math.Min(buffer.Length, Math.Min(_recordRest, _input.Length));
        _input.Take(buffer.Span[..length]);
        _recordRest -= length;
        return length;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!Gathers)
        {
            return channel.SendAsync(buffer, cancellationToken);
        }

        lock (_writeLock)
        {
            if (_output.Length < _outputLength + buffer.Length)
            {
                var larger = ArrayPool<byte>.Shared.Rent(_outputLength + buffer.Length);
                _output.AsSpan(0, _outputLength).CopyTo(larger);
                Return(_output);
                _output = larger;
            }

            buffer.Span.CopyTo(_output.AsSpan(_outputLength));
            _outputLength += buffer.Length;
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Sends what has been gathered.</summary>
    public async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        byte[] output;
        int length;
        lock (_writeLock)
        {
            (output, length) = (_output, _outputLength);
            (_output, _outputLength) = ([], 0);
        }

        try
        {
            await channel.SendAsync(output.AsMemory(0, length), cancellationToken);
        }
        finally
        {
            Return(output);
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _input.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask<int> ReceiveAsync(CancellationToken cancellationToken)
    {
        if (!Gathers)
        {
            return await channel.ReceiveAsync(_input.Room(), cancellationToken);
        }

        TlsState.Release();
        try
        {
            return await channel.ReceiveAsync(_input.Room(), cancellationToken);
        }
        finally
        {
            await TlsState.WaitAsync(CancellationToken.None);
        }
    }

    private static void Return(byte[] array)
    {
        if (array.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(array);
        }
    }
}
