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

    // Control characters (C0, C1), line separators, and marks that turn the direction of what follows.
    private static bool IsDisturbing(char c) =>
        char.IsControl(c) || c is '\u2028' or '\u2029' or '\u200E' or '\u200F' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
