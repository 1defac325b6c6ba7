using System.Buffers;
using System.Runtime.CompilerServices;

namespace NapterFtp.Transport;

/// <summary>What <see cref="System.Net.Security.SslStream"/> reads from and writes to. SslStream asks for one TLS record at a
/// time; this takes from the socket as much as there is and hands out whole records, and gathers the records of one large write
/// into one send. Socket calls, not cryptography, are what relaying TLS costs most.</summary>
/// <remarks>Knowing where records begin tells the reader above whether more can be decrypted without waiting
/// (<see cref="HasRecord"/>), so that it can hand on many records at once and yet never delays what has arrived.</remarks>
internal sealed class TlsTransport(Connection connection) : Stream
{
    /// <summary>Content, of which the records fit into one <see cref="LargeBuffer"/> with what TLS adds.</summary>
    public const int LargeContent = 31 * TlsRecords.LongestContent;

    /// <summary>What TLS adds to a record's content, or more (RFC 5246, section 6.2.3.2).</summary>
    private const int RecordOverhead = 256;

    /// <summary>For connections that are read asynchronously, of which there may be hundreds.</summary>
    private const int MediumBuffer = 128 * 1024;

    /// <summary>For those that are read by blocking calls, of which there are few. Fits the second-level cache of common processors;
    /// with less, data are handed on in more and smaller pieces.</summary>
    private const int LargeBuffer = 512 * 1024;

    private readonly TlsRecords _records = new();
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

    /// <inheritdoc cref="TlsRecords.ReachedEnd"/>
    public bool ReachedEnd => _records.ReachedEnd;

    /// <inheritdoc cref="TlsRecords.HasRecord"/>
    public bool HasRecord => _records.HasRecord;

    /// <summary>Whether less than a record is here, but more has arrived on the socket since the last read.</summary>
    public bool HasArrivals => _records.IsShort && connection.Available > 0;

    /// <summary>Whether writes block the calling thread, which the socket then stays fit for.</summary>
    public bool WritesBlock { get; set; }

    /// <summary>Keeps the writes that so much content makes back until <see cref="SendGathered"/> or <see cref="SendGatheredAsync"/>.</summary>
    public void Gather(int content) =>
        _gathered = ArrayPool<byte>.Shared.Rent(Math.Min(LargeBuffer, content + (((content / TlsRecords.LongestContent) + 1) * RecordOverhead)));

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }

        while (_records.NeedsMore(buffer.Length) && Fetch())
        {
            // Until there is a record, or the end.
        }

        return _records.HandOut(buffer);
    }

    /// <summary>Takes from the socket what has arrived there; false at the end of stream. Waits unless <see cref="HasArrivals"/>.</summary>
    public bool Fetch() => _records.Arrived(connection.Read(_records.MakeRoom().Span), LargeBuffer);

    /// <inheritdoc cref="Fetch"/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> FetchAsync(CancellationToken cancellationToken) =>
        _records.Arrived(await connection.ReadAsync(_records.MakeRoom(), cancellationToken), MediumBuffer);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            // Only to wait until something is here, without a buffer.
            return _records.IsEmpty ? await connection.ReadAsync(buffer, cancellationToken) : 0;
        }

        while (_records.NeedsMore(buffer.Length) && await FetchAsync(cancellationToken))
        {
            // Until there is a record, or the end.
        }

        return _records.HandOut(buffer.Span);
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
}
