using System.Text;

namespace NapterFtp.Ftp;

/// <summary>Bytes of the control connection: where lines end, and how they are shown to a person.</summary>
internal static class FtpText
{
    public const byte Cr = (byte)'\r';
    public const byte Lf = (byte)'\n';

    /// <summary>The line without its CRLF, LF or CR CR LF; a bare CR within stays.</summary>
    public static ReadOnlyMemory<byte> WithoutLineEnd(ReadOnlyMemory<byte> line)
    {
        var bytes = line.Span;
        return bytes.Length > 0 && bytes[^1] == Lf ? line[..bytes[..^1].TrimEnd(Cr).Length] : line;
    }

    /// <summary>What a line that a device sent says: without its line end, a NUL before that, and what is left of the end of the line
    /// before.</summary>
    public static ReadOnlyMemory<byte> OfDevice(ReadOnlyMemory<byte> line)
    {
        line = WithoutLineEnd(line).TrimEnd((byte)0);
        return line[(line.Length - WithoutRemains(line.Span).Length)..];
    }

    /// <summary>The line without what a device that ends lines oddly has left of the one before: the CR of LF CR, or the NUL that ends
    /// a text in C.</summary>
    public static ReadOnlySpan<byte> WithoutRemains(ReadOnlySpan<byte> line) => line.TrimStart("\r\0"u8);

    /// <summary>The bytes as UTF-8 with everything that could disturb a terminal or a log replaced.</summary>
    public static string ForPeople(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(Encoding.UTF8.GetString(bytes));
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\t')
            {
                text[i] = ' ';
            }
            else if (IsDisturbing(text[i]))
            {
                text[i] = '\uFFFD';
            }
        }

        return text.ToString().Trim();
    }

    /// <summary>Control characters (C0, C1), line separators, and marks that turn the direction of what follows.</summary>
    public static bool IsDisturbing(char c) =>
        char.IsControl(c) || c is '\u2028' or '\u2029' or '\u200E' or '\u200F' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}

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

/// <summary>How much of a line, reply or listing is kept in memory before the peer is judged broken.</summary>
internal sealed record FtpLimits
{
    public static FtpLimits Default { get; } = new();

    /// <summary>Bytes in one line of a command or listing, line end included; 8 KiB by default.</summary>
    public int MaxLineLength { get; init; } = 8 * 1024;

    /// <summary>Bytes in one line of a reply, line end included; 64 KiB by default: some servers put a whole status into one.</summary>
    public int MaxReplyLineLength { get; init; } = 64 * 1024;

    /// <summary>Bytes in one multi-line reply; 256 KiB by default, room for a <c>STAT</c> of a folder with thousands of files.</summary>
    public int MaxReplyLength { get; init; } = 256 * 1024;

    /// <summary>Bytes in one listing; 64 MiB by default, room for half a million files.</summary>
    public long MaxListingLength { get; init; } = 64L * 1024 * 1024;
}
