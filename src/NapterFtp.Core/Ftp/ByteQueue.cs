namespace NapterFtp.Ftp;

/// <summary>Bytes received and not yet taken. Holds no memory to speak of while empty: most sessions are idle most of the time.</summary>
internal sealed class ByteQueue
{
    private const int KeptCapacity = 1024;

    private byte[] _bytes = [];
    private int _start;
    private int _end;

    public ReadOnlySpan<byte> Unread => _bytes.AsSpan(_start, _end - _start);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _bytes.Length - _end)
        {
            MakeRoom(bytes.Length);
        }

        bytes.CopyTo(_bytes.AsSpan(_end));
        _end += bytes.Length;
    }

    public byte[] Take(int count)
    {
        var taken = Unread[..count].ToArray();
        Skip(count);
        return taken;
    }

    public void Skip(int count)
    {
        _start += count;
        if (_start == _end)
        {
            Clear();
        }
    }

    public void Clear()
    {
        _start = 0;
        _end = 0;
        if (_bytes.Length > KeptCapacity)
        {
            _bytes = [];
        }
    }

    private void MakeRoom(int more)
    {
        var unread = Unread;
        var needed = unread.Length + more;
        var target = needed <= _bytes.Length ? _bytes : new byte[Math.Max(needed, Math.Max(256, _bytes.Length * 2))];
        unread.CopyTo(target);
        _end = unread.Length;
        _start = 0;
        _bytes = target;
    }
}
