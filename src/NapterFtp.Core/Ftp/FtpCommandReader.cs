using System.Diagnostics.CodeAnalysis;

namespace NapterFtp.Ftp;

/// <summary>Cuts what a client sends into commands, whatever pieces it arrives in. The <see cref="FtpCommand.Raw"/> of all that
/// is read, joined, is what was appended, but for lines that are too long.</summary>
/// <remarks>A line ends at LF. CR without LF ends nothing and stays within its line; NUL is data.</remarks>
internal sealed class FtpCommandReader(FtpLimits? limits = null)
{
    private readonly int _maxLineLength = (limits ?? FtpLimits.Default).MaxLineLength;
    private readonly ByteQueue _bytes = new();
    private int _scanned;
    private bool _skipping;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_skipping)
        {
            var lf = bytes.IndexOf(FtpText.Lf);
            bytes = bytes[(lf < 0 ? bytes.Length : lf + 1)..];
            _skipping = lf < 0;
        }

        _bytes.Append(bytes);
    }

    /// <summary>Reads the next command; false where more bytes are needed. Of a line that is too long the beginning is read once,
    /// with <see cref="FtpCommand.IsTooLong"/>, and the rest skipped.</summary>
    public bool TryRead([NotNullWhen(true)] out FtpCommand? command)
    {
        var unread = _bytes.Unread;
        var lf = unread[_scanned..].IndexOf(FtpText.Lf);
        var length = lf < 0 ? unread.Length : _scanned + lf + 1;
        if (length > _maxLineLength)
        {
            command = new FtpCommand(unread[.._maxLineLength].ToArray(), isTooLong: true);
            _skipping = lf < 0;
            Skip(length);
            return true;
        }

        if (lf < 0)
        {
            _scanned = length;
            command = null;
            return false;
        }

        command = new FtpCommand(_bytes.Take(length), isTooLong: false);
        _scanned = 0;
        return true;
    }

    /// <summary>At the end of the stream: what is left without a line end.</summary>
    public byte[] TakeRest()
    {
        _scanned = 0;
        return _bytes.Take(_bytes.Unread.Length);
    }

    private void Skip(int length)
    {
        _bytes.Skip(length);
        _scanned = 0;
    }
}

/// <summary>The Telnet protocol (RFC 854) as it shows on a control connection: clients put <c>IAC IP IAC DM</c> before ABOR and
/// double the data byte 0xFF.</summary>
internal static class TelnetBytes
{
    private const byte Iac = 255;
    private const byte Will = 251;
    private const byte Sb = 250;
    private const byte Se = 240;

    /// <summary>The line as the user meant it. A 0xFF that begins no Telnet sequence is data: many clients send it single.</summary>
    public static ReadOnlyMemory<byte> Strip(ReadOnlyMemory<byte> line)
    {
        var bytes = line.Span;
        if (bytes.IndexOf(Iac) >= 0)
        {
            line = WithoutSequences(bytes);
        }

        // One byte of the sequence before ABOR is sent as urgent data and may never arrive in line, so that half a sequence is left.
        var start = 0;
        while (start < line.Length && line.Span[start] is >= Se or 0 or (byte)' ')
        {
            start++;
        }

        return line[start..];
    }

    /// <summary>Doubles 0xFF.</summary>
    public static byte[] Escape(ReadOnlySpan<byte> bytes)
    {
        var escaped = new List<byte>(bytes.Length);
        foreach (var b in bytes)
        {
            escaped.Add(b);
            if (b == Iac)
            {
                escaped.Add(b);
            }
        }

        return [.. escaped];
    }

    private static byte[] WithoutSequences(ReadOnlySpan<byte> bytes)
    {
        var data = new List<byte>(bytes.Length);
        for (var i = 0; i < bytes.Length;)
        {
            var length = SequenceLength(bytes[i..]);
            if (length == 0)
            {
                data.Add(bytes[i++]);
            }
            else if (bytes[i + 1] == Iac)
            {
                data.Add(Iac);
                i += 2;
            }
            else
            {
                i += length;
            }
        }

        return [.. data];
    }

    // Bytes in the Telnet sequence that starts here, or 0 where none does.
    private static int SequenceLength(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2 || bytes[0] != Iac || bytes[1] < Se)
        {
            return 0;
        }

        var length = bytes[1] switch
        {
            Iac => 2,
            >= Will => 3,
            Sb => bytes.IndexOf([Iac, Se]) is var end and >= 0 ? end + 2 : bytes.Length,
            _ => 2,
        };
        return Math.Min(length, bytes.Length);
    }
}
