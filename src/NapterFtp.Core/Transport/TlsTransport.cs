using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace NapterFtp.Transport;

/// <summary>What <see cref="System.Net.Security.SslStream"/> reads from and writes to. SslStream asks for one TLS record at a
/// time; this takes from the socket as much as there is and hands out whole records, and gathers the records of one large write
/// into one send. Socket calls, not cryptography, are what relaying TLS costs most.</summary>
/// <remarks>Knowing where records begin tells the reader above whether more can be decrypted without waiting
/// (<see cref="HasRecord"/>), so that it can hand on many records at once and yet never delays what has arrived.</remarks>
[SuppressMessage("Usage", "CA2213", Justification = "A semaphore whose wait handle nobody asks for holds nothing to free.")]
internal sealed partial class TlsTransport(Connection connection) : Stream
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
    private readonly SemaphoreSlim _tlsState = new(1);
    private bool _readsTlsState;
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

    /// <inheritdoc cref="TlsRecords.EndedBehindAlert"/>
    public bool EndedBehindAlert => _records.EndedBehindAlert;

    /// <inheritdoc cref="TlsRecords.HasRecord"/>
    public bool HasRecord => _records.HasRecord;

    /// <summary>Whether less than a record is here, but more has arrived on the socket since the last read.</summary>
    public bool HasArrivals => _records.IsShort && connection.Available > 0;

    /// <inheritdoc cref="BeginRead"/>
    public async ValueTask BeginReadAsync(CancellationToken cancellationToken)
    {
        await _tlsState.WaitAsync(cancellationToken);
        _readsTlsState = true;
    }

    /// <inheritdoc cref="BeginRead"/>
    public void EndRead()
    {
        _readsTlsState = false;
        _tlsState.Release();
    }

    /// <summary>Makes close_notify, which no read disturbs, and keeps it for <see cref="SendGathered"/>.</summary>
    /// <param name="make">Has SslStream write it.</param>
    /// <returns>Completed, for it waits for no I/O.</returns>
    public Task GatherEnd(Func<Task> make)
    {
        _tlsState.Wait();
        try
        {
            Gather(0);
            return make();
        }
        catch (Exception exception)
        {
            return Task.FromException(exception);
        }
        finally
        {
            _tlsState.Release();
        }
    }

    /// <summary>Keeps the writes that so much content makes back until <see cref="SendGathered"/> or <see cref="SendGatheredAsync"/>.</summary>
    public void Gather(int content) =>
        _gathered = ArrayPool<byte>.Shared.Rent(Math.Min(LargeBuffer, content + (((content / TlsRecords.LongestContent) + 1) * RecordOverhead)));

    /// <inheritdoc cref="Fetch"/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> FetchAsync(CancellationToken cancellationToken) =>
        _records.Arrived(await connection.ReadAsync(_records.MakeRoom(), cancellationToken), MediumBuffer);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // With an empty buffer only to wait until something is here.
        if (buffer.IsEmpty ? _records.IsEmpty : _records.NeedsMore(buffer.Length))
        {
            var held = LeaveTlsState();
            try
            {
                if (buffer.IsEmpty)
                {
                    return await connection.ReadAsync(buffer, cancellationToken);
                }

                while (_records.NeedsMore(buffer.Length) && await FetchAsync(cancellationToken))
                {
                    // Until there is a record, or the end.
                }
            }
            finally
            {
                if (held)
                {
                    await BeginReadAsync(CancellationToken.None);
                }
            }
        }

        return buffer.IsEmpty ? 0 : _records.HandOut(buffer.Span);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_gathered is null)
        {
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

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private bool LeaveTlsState()
    {
        var held = _readsTlsState;
        if (held)
        {
            EndRead();
        }

        return held;
    }

    private void Keep(ReadOnlySpan<byte> buffer)
    {
        buffer.CopyTo(_gathered.AsSpan(_gatheredLength));
        _gatheredLength += buffer.Length;
    }
}
