using System.Buffers;
using System.Threading.Channels;

namespace NapterFtp.Simulator.Gateway;

/// <summary>One direction of a long line: what goes in comes out later, at the line's rate. Only so much may be under way; then
/// the sender waits.</summary>
internal sealed class DelayLine(TimeSpan delay, Pacer pacer)
{
    private readonly Channel<Piece> _pieces = Channel.CreateUnbounded<Piece>(
        new UnboundedChannelOptions { SingleReader = true });

    // Holds one token when a piece has left since the sender last looked.
    private readonly Channel<bool> _left = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly int _window = pacer.Window(delay);
    private int _underWay;

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            while (Volatile.Read(ref _underWay) >= _window)
            {
                await _left.Reader.ReadAsync(cancellationToken);
            }

            var length = Math.Min(bytes.Length, Math.Min(pacer.PieceLength, _window));
            var array = ArrayPool<byte>.Shared.Rent(length);
            bytes.Span[..length].CopyTo(array);
            Interlocked.Add(ref _underWay, length);
            _pieces.Writer.TryWrite(new Piece(array, length, pacer.Reserve(length) + Ticks(delay)));
            bytes = bytes[length..];
        }
    }

    /// <summary>Ends the line behind what is under way, with an error or in good order.</summary>
    public void Complete(Exception? error = null)
    {
        // The end takes as long as a byte does.
        _pieces.Writer.TryWrite(new Piece([], 0, pacer.Reserve(0) + Ticks(delay)));
        _pieces.Writer.TryComplete(error);
    }

    /// <summary>Copies what has arrived, waiting for it; 0 at the end.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (await _pieces.Reader.WaitToReadAsync(cancellationToken))
        {
            if (!_pieces.Reader.TryPeek(out var piece))
            {
                continue;
            }

            var wait = TimeProvider.System.GetElapsedTime(TimeProvider.System.GetTimestamp(), piece.Due);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, TimeProvider.System, cancellationToken);
            }

            var length = Math.Min(buffer.Length, piece.Length - piece.Taken);
            piece.Array.AsMemory(piece.Taken, length).CopyTo(buffer);
            piece.Taken += length;
            if (piece.Taken == piece.Length)
            {
                _pieces.Reader.TryRead(out _);
                Free(piece);
            }

            if (length > 0)
            {
                return length;
            }
        }

        await _pieces.Reader.Completion;
        return 0;
    }

    private void Free(Piece piece)
    {
        if (piece.Length == 0)
        {
            return;
        }

        ArrayPool<byte>.Shared.Return(piece.Array);
        Interlocked.Add(ref _underWay, -piece.Length);
        _left.Writer.TryWrite(true);
    }

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * TimeProvider.System.TimestampFrequency);

    private sealed class Piece(byte[] array, int length, long due)
    {
        public byte[] Array => array;

        public int Length => length;

        public long Due => due;

        public int Taken { get; set; }
    }
}
