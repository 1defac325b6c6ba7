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
