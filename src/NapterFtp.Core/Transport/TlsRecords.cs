using System.Buffers;
using System.Buffers.Binary;

namespace NapterFtp.Transport;

/// <summary>TLS records that have arrived and wait to be read, in a buffer that is held only while there are some.</summary>
internal sealed class TlsRecords
{
    /// <summary>A record's content, at most (RFC 8446, section 5.1).</summary>
    public const int LongestContent = 16 * 1024;

    private const int HeaderSize = 5;
    private const int AlertType = 21;

    /// <summary>A record, at most, with header, tag and TLS 1.2's allowance (RFC 5246, section 6.2.3).</summary>
    private const int LongestRecord = HeaderSize + LongestContent + 2048;

    /// <summary>Holds any record; for connections on which little arrives at a time.</summary>
    private const int SmallBuffer = 32 * 1024;

    private byte[]? _arrived;
    private int _start;
    private int _end;
    private int _readSize = SmallBuffer;

    private bool _lastIsAlert;

    /// <summary>What is still to be handed out of the record before <see cref="_start"/>.</summary>
    private int _recordRest;

    /// <summary>Whether the peer's FIN has been read.</summary>
    public bool ReachedEnd { get; private set; }

    /// <summary>Whether the peer's FIN has been read, but the last record before it was a whole alert. Up to TLS 1.2 that can be seen
    /// (later ones look like content), and where the system's TLS has taken it without an error it was close_notify (RFC 5246, section
    /// 7.2.1): all other alerts that a peer sends behind its data are fatal. Wine's TLS says nothing of close_notify and waits for FIN.</summary>
    public bool EndedBehindAlert => ReachedEnd && _lastIsAlert && IsEmpty;

    /// <summary>Whether nothing is here.</summary>
    public bool IsEmpty => _start == _end;

    /// <summary>Whether a whole record is here already.</summary>
    public bool HasRecord => _recordRest == 0 && RecordAt(_start) is var length and > 0 && length <= _end - _start;

    /// <summary>Whether less than a record is here, so that there is room for more.</summary>
    public bool IsShort => !ReachedEnd && _end - _start < LongestRecord && !HasRecord;

    /// <summary>Whether the reader is to wait: nothing is here, or only part of a record that it could take whole.</summary>
    public bool NeedsMore(int wanted)
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
    public Memory<byte> MakeRoom()
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

        return _arrived.AsMemory(_end);
    }

    /// <summary>Notes what a read brought; false at the end of stream.</summary>
    /// <param name="count">How much it brought.</param>
    /// <param name="large">The buffer to take from now on where there was more than fits.</param>
    public bool Arrived(int count, int large)
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
    public int HandOut(Span<byte> buffer)
    {
        var count = _recordRest;
        if (count == 0)
        {
            while (RecordAt(_start + count) is var record and > 0 && count + record <= Math.Min(_end - _start, buffer.Length))
            {
                _lastIsAlert = _arrived![_start + count] == AlertType;
                count += record;
            }

            if (count == 0)
            {
                _lastIsAlert &= IsEmpty;
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
