using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace NapterFtp.Transport;

/// <summary>What <see cref="System.Net.Security.SslStream"/> reads from and writes to. SslStream asks for one TLS record at a
/// time; this takes from the socket as much as there is and hands out whole records, and gathers the records of one large write
/// into one send. Socket calls, not cryptography, are what relaying TLS costs most.</summary>
/// <remarks>Knowing where records begin tells the reader above whether more can be decrypted without waiting
/// (<see cref="HasRecord"/>), so that it can hand on many records at once and yet never delays what has arrived.</remarks>
internal sealed class TlsTransport(Connection connection) : Stream
{
    /// <summary>A record's content, at most (RFC 8446, section 5.1).</summary>
    public const int LongestContent = 16 * 1024;

    /// <summary>Content, of which the records fit into one <see cref="LargeBuffer"/> with what TLS adds.</summary>
    public const int LargeContent = 31 * LongestContent;

    private const int HeaderSize = 5;

    /// <summary>A record, at most, with header, tag and TLS 1.2's allowance (RFC 5246, section 6.2.3).</summary>
    private const int LongestRecord = HeaderSize + LongestContent + 2048;

    /// <summary>What TLS adds to a record's content, or more (RFC 5246, section 6.2.3.2).</summary>
    private const int RecordOverhead = 256;

    /// <summary>Holds any record; for connections on which little arrives at a time.</summary>
    private const int SmallBuffer = 32 * 1024;

    /// <summary>For connections that are read asynchronously, of which there may be hundreds.</summary>
    private const int MediumBuffer = 128 * 1024;

    /// <summary>For those that are read by blocking calls, of which there are few. Fits the second-level cache of common processors;
    /// with less, data are handed on in more and smaller pieces.</summary>
    private const int LargeBuffer = 512 * 1024;

    private byte[]? _arrived;
    private int _start;
    private int _end;
    private int _readSize = SmallBuffer;

    /// <summary>What is still to be handed out of the record before <see cref="_start"/>.</summary>
    private int _recordRest;

    private byte[]? _gathered;
    private int _gatheredLength;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Whether the peer's FIN has been read.</summary>
    public bool ReachedEnd { get; private set; }

    /// <summary>Whether a whole record is here already.</summary>
    public bool HasRecord => _recordRest == 0 && RecordAt(_start) is var length and > 0 && length <= _end - _start;

    /// <summary>Whether less than a record is here, but more has arrived on the socket since the last read.</summary>
    public bool HasArrivals => !ReachedEnd && _end - _start < LongestRecord && !HasRecord && connection.Available > 0;

    /// <summary>Whether writes block the calling thread, which the socket then stays fit for.</summary>
    public bool WritesBlock { get; set; }

    /// <summary>Keeps the writes that so much content makes back until <see cref="SendGathered"/> or <see cref="SendGatheredAsync"/>.</summary>
    public void Gather(int content) =>
        _gathered = ArrayPool<byte>.Shared.Rent(Math.Min(LargeBuffer, content + (((content / LongestContent) + 1) * RecordOverhead)));

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }

        while (NeedsMore(buffer.Length))
        {
            var read = connection.Read(MakeRoom());
            if (!Arrived(read, LargeBuffer))
            {
                break;
            }
        }

        return HandOut(buffer);
    }

    /// <summary>Takes from the socket what has arrived there (<see cref="HasArrivals"/>), which does not wait.</summary>
    public void Fetch() => Arrived(connection.Read(MakeRoom()), LargeBuffer);

    /// <inheritdoc cref="Fetch"/>
    public async ValueTask FetchAsync(CancellationToken cancellationToken)
    {
        MakeRoom();
        Arrived(await connection.ReadAsync(_arrived.AsMemory(_end), cancellationToken), MediumBuffer);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            // Only to wait until something is here, without a buffer.
            return _start == _end ? await connection.ReadAsync(buffer, cancellationToken) : 0;
        }

        while (NeedsMore(buffer.Length))
        {
            MakeRoom();
            if (!Arrived(await connection.ReadAsync(_arrived.AsMemory(_end), cancellationToken), MediumBuffer))
            {
                break;
            }
        }

        return HandOut(buffer.Span);
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_gathered is null)
        {
            connection.Write(buffer);
            return;
        }

        if (_gatheredLength + buffer.Length > _gathered.Length)
        {
            connection.Write(_gathered.AsSpan(0, _gatheredLength));
            _gatheredLength = 0;
        }

        Keep(buffer);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_gathered is null)
        {
            if (WritesBlock)
            {
                connection.Write(buffer.Span);
                return;
            }

            await connection.WriteAsync(buffer, cancellationToken);
            return;
        }

        if (_gatheredLength + buffer.Length > _gathered.Length)
        {
            await connection.WriteAsync(_gathered.AsMemory(0, _gatheredLength), cancellationToken);
            _gatheredLength = 0;
        }

        Keep(buffer.Span);
    }

    /// <summary>Sends what has been gathered.</summary>
    public void SendGathered() => connection.Write(_gathered.AsSpan(0, _gatheredLength));

    /// <inheritdoc cref="SendGathered"/>
    public ValueTask SendGatheredAsync(CancellationToken cancellationToken) =>
        connection.WriteAsync(_gathered.AsMemory(0, _gatheredLength), cancellationToken);

    /// <summary>Ends the gathering.</summary>
    public void DropGathered()
    {
        if (_gathered is { } gathered)
        {
            _gathered = null;
            _gatheredLength = 0;
            ArrayPool<byte>.Shared.Return(gathered);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void Keep(ReadOnlySpan<byte> buffer)
    {
        buffer.CopyTo(_gathered.AsSpan(_gatheredLength));
        _gatheredLength += buffer.Length;
    }

    /// <summary>Whether the reader is to wait: nothing is here, or only part of a record that it could take whole.</summary>
    private bool NeedsMore(int wanted)
    {
        var here = _end - _start;
        if (here == 0 || ReachedEnd || _recordRest > 0)
        {
            return here == 0 && !ReachedEnd;
        }

        var record = RecordAt(_start);
        return record == 0 ? here < HeaderSize : record > here && record <= wanted;
    }

    /// <summary>Room behind what is here. What is here is less than a record, so that moving it costs little.</summary>
    private Span<byte> MakeRoom()
    {
        if (_arrived is not { } old)
        {
            _arrived = ArrayPool<byte>.Shared.Rent(_readSize);
            return _arrived;
        }

        if (old.Length < _readSize)
        {
            _arrived = ArrayPool<byte>.Shared.Rent(_readSize);
        }

        old.AsSpan(_start, _end - _start).CopyTo(_arrived);
        (_start, _end) = (0, _end - _start);
        if (old != _arrived)
        {
            ArrayPool<byte>.Shared.Return(old);
        }

        return _arrived.AsSpan(_end);
    }

    /// <summary>Notes what a read brought; false at the end of stream.</summary>
    /// <param name="count">How much it brought.</param>
    /// <param name="large">The buffer to take from now on where there was more than fits.</param>
    private bool Arrived(int count, int large)
    {
        if (count == 0)
        {
            ReachedEnd = true;
            return false;
        }

        _end += count;
        if (_end == _arrived!.Length)
        {
            _readSize = large;
        }

        return true;
    }

    /// <summary>Hands out as many whole records as fit, or part of one where none does.</summary>
    private int HandOut(Span<byte> buffer)
    {
        var count = _recordRest;
        if (count == 0)
        {
            while (RecordAt(_start + count) is var record and > 0 && count + record <= Math.Min(_end - _start, buffer.Length))
            {
                count += record;
            }

            if (count == 0)
            {
                count = Math.Max(RecordAt(_start), Math.Min(_end - _start, HeaderSize));
            }
        }

        var given = Math.Min(count, Math.Min(_end - _start, buffer.Length));
        _recordRest = count - given;
        _arrived.AsSpan(_start, given).CopyTo(buffer);
        _start += given;
        if (_start == _end && _arrived is { } empty)
        {
            _start = _end = 0;
            _arrived = null;
            ArrayPool<byte>.Shared.Return(empty);
        }

        return given;
    }

    /// <summary>The length, header included, of the record that begins here; 0 where its header is not here or is none of TLS.</summary>
    private int RecordAt(int position)
    {
        if (_end - position < HeaderSize)
        {
            return 0;
        }

        // ContentType 20 to 24, ProtocolVersion 3.x, length.
        var header = _arrived.AsSpan(position, HeaderSize);
        var length = HeaderSize + BinaryPrimitives.ReadUInt16BigEndian(header[3..]);
        return header[0] is >= 20 and <= 24 && header[1] == 3 && length <= LongestRecord ? length : 0;
    }
}
