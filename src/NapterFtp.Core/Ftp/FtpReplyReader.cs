using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace NapterFtp.Ftp;

/// <summary>Cuts what a server sends into replies, whatever pieces it arrives in. The <see cref="FtpReply.Raw"/> of all that is
/// read, joined, is exactly what was appended.</summary>
/// <remarks>A line ends at LF. CR without LF ends nothing and stays within its line; NUL and any other byte are data. Only before a
/// line's text both count for nothing: some devices end lines with LF CR, or send the NUL that ends a text in C.</remarks>
internal sealed class FtpReplyReader(FtpLimits? limits = null)
{
    private readonly FtpLimits _limits = limits ?? FtpLimits.Default;
    private readonly ByteQueue _bytes = new();
    private int _scanned;
    private int _lineStart;
    private int _multiLineCode;
    private NapterFtpException? _failure;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_failure is null)
        {
            _bytes.Append(bytes);
        }
    }

    /// <summary>Reads the next whole reply; false where more bytes are needed.</summary>
    /// <exception cref="NapterFtpException"><c>FtpLineTooLong</c>, <c>FtpReplyTooLong</c>: nothing after it can be read.</exception>
    public bool TryRead([NotNullWhen(true)] out FtpReply? reply)
    {
        if (_failure is not null)
        {
            throw _failure;
        }

        while (TryNextLine(out var line))
        {
            line = FtpText.WithoutRemains(line);
            if (_multiLineCode == 0)
            {
                var code = ReplyLine.CodeOf(line);
                if (code == 0 || !ReplyLine.Continues(line))
                {
                    reply = Take(code);
                    return true;
                }

                _multiLineCode = code;
            }
            else if (ReplyLine.Ends(line, _multiLineCode))
            {
                reply = Take(_multiLineCode);
                return true;
            }

            _lineStart = _scanned;
        }

        reply = null;
        return false;
    }

    /// <summary>At the end of the stream: what is left without its end. A last line without a line end counts as a reply; a
    /// multi-line reply without its last line has code 0.</summary>
    public bool TryReadRest([NotNullWhen(true)] out FtpReply? reply)
    {
        reply = null;
        var rest = _bytes.Unread;
        if (rest.IsEmpty)
        {
            return false;
        }

        var line = FtpText.WithoutRemains(rest[_lineStart..]);
        var code = ReplyLine.CodeOf(line);
        var whole = _multiLineCode == 0 ? !ReplyLine.Continues(line) : ReplyLine.Ends(line, _multiLineCode);
        _scanned = rest.Length;
        reply = Take(whole ? code : 0);
        return true;
    }

    private bool TryNextLine(out ReadOnlySpan<byte> line)
    {
        var unread = _bytes.Unread;
        var lf = unread[_scanned..].IndexOf(FtpText.Lf);
        _scanned = lf < 0 ? unread.Length : _scanned + lf + 1;
        line = unread[_lineStart.._scanned];
        if (line.Length > _limits.MaxReplyLineLength)
        {
            throw Fail("FtpLineTooLong", NapterFtpErrorKind.Protocol, "line", _limits.MaxReplyLineLength);
        }

        if (lf >= 0 && _lineStart > 0 && _scanned > _limits.MaxReplyLength)
        {
            throw Fail("FtpReplyTooLong", NapterFtpErrorKind.Protocol, "reply", _limits.MaxReplyLength);
        }

        return lf >= 0;
    }

    private FtpReply Take(int code)
    {
        var reply = new FtpReply(code, _bytes.Take(_scanned));
        _scanned = 0;
        _lineStart = 0;
        _multiLineCode = 0;
        return reply;
    }

    private NapterFtpException Fail(string errorId, NapterFtpErrorKind kind, string what, int limit)
    {
        _bytes.Clear();
        _scanned = 0;
        _lineStart = 0;
        return _failure = new NapterFtpException(
            errorId,
            kind,
            string.Create(CultureInfo.InvariantCulture, $"The server sent a {what} of more than {limit} bytes."),
            "Check that the device port is an FTP server's control port.");
    }
}
