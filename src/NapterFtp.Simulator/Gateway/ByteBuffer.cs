using System.Buffers;

namespace NapterFtp.Simulator.Gateway;

/// <summary>A queue of bytes in one pooled array that grows while reads fill it and shrinks again when they no longer do, so that
/// a bulk transfer reads in large pieces and a thousand idle connections cost little.</summary>
internal sealed class ByteBuffer : IDisposable
{
    private const int Maximum = 256 * 1024;
    private const int SmallReadsBeforeShrinking = 32;

    private readonly int _minimum;
    private byte[] _array = [];
    private int _start;
    private int _wanted;
    private int _room;
    private int _smallReads;

    public ByteBuffer(int minimum)
    {
        _minimum = _wanted = minimum;
    }

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Span => _array.AsSpan(_start, Length);

    /// <summary>Where the next bytes go.</summary>
    public Memory<byte> Room()
    {
        if (Length == _array.Length)
        {
            _wanted = Math.Max(_wanted, Length * 2);
        }

        if (_array.Length < _wanted || (Length == 0 && _array.Length > _wanted * 2))
        {
            var array = ArrayPool<byte>.Shared.Rent(_wanted);
            Span.CopyTo(array);
            Return();
            (_array, _start) = (array, 0);
        }
        else if (_start > 0)
        {
            Span.CopyTo(_array);
            _start = 0;
        }

        _room = _array.Length - Length;
        return _array.AsMemory(Length);
    }

    /// <summary>That so many bytes have been put into <see cref="Room"/>.</summary>
    public void Add(int count)
    {
        Length += count;
        if (count == _room)
        {
            _wanted = Math.Clamp(_array.Length * 4, _minimum, Maximum);
            _smallReads = 0;
        }
        else if (count < _array.Length / 8)
        {
            if (++_smallReads == SmallReadsBeforeShrinking)
            {
                _wanted = Math.Max(_minimum, _wanted / 4);
                _smallReads = 0;
            }
        }
        else
        {
            _smallReads = 0;
        }
    }

    public void Take(Span<byte> destination)
    {
        Span[..destination.Length].CopyTo(destination);
        _start += destination.Length;
        Length -= destination.Length;
    }

    /// <summary>Takes all; the memory is good until the next <see cref="Room"/>.</summary>
    public ReadOnlyMemory<byte> TakeAll()
    {
        var all = _array.AsMemory(_start, Length);
        _start = Length = 0;
        return all;
    }

    public void Dispose()
    {
        Return();
        (_array, _start, Length) = ([], 0, 0);
    }

    private void Return()
    {
        if (_array.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_array);
        }
    }
}
