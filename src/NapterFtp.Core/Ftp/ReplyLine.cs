namespace NapterFtp.Ftp;

/// <summary>What one line of a reply says about where the reply ends (RFC 959 §4.2), and what devices make of it.</summary>
internal static class ReplyLine
{
    /// <summary>The code a line starts with, 100 to 999, or 0 where it does not start with a code: <c>2200 files</c> does not.</summary>
    public static int CodeOf(ReadOnlySpan<byte> line)
    {
        if (line.Length < 3 || line[0] is < (byte)'1' or > (byte)'9' || !IsDigit(line[1]) || !IsDigit(line[2])
            || (line.Length > 3 && IsDigit(line[3])))
        {
            return 0;
        }

        return ((line[0] - '0') * 100) + ((line[1] - '0') * 10) + (line[2] - '0');
    }

    /// <summary>Whether a line that starts with a code announces more lines.</summary>
    public static bool Continues(ReadOnlySpan<byte> line) => line.Length > 3 && line[3] == (byte)'-';

    /// <summary>Whether a line ends the multi-line reply that <paramref name="code"/> began. Some devices end it with the bare
    /// code. <c>220.18.0.1 welcomes you</c> within a greeting ends nothing.</summary>
    public static bool Ends(ReadOnlySpan<byte> line, int code) =>
        CodeOf(line) == code
        && (line.Length == 3 || line[3] is (byte)' ' or (byte)'\t' or (byte)'\0' or FtpText.Cr or FtpText.Lf);

    private static bool IsDigit(byte b) => b is >= (byte)'0' and <= (byte)'9';
}
