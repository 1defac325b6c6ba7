using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace NapterFtp.Ftp;

/// <summary>One reply on a control connection, single or multi-line (RFC 959 §4.2), or a line that is no reply at all.</summary>
internal sealed class FtpReply
{
    private const int CodeLength = 3;

    private readonly string? _text;
    private IReadOnlyList<ReadOnlyMemory<byte>>? _lines;

    public FtpReply(int code, ReadOnlyMemory<byte> raw)
    {
        Code = code;
        Raw = raw;
    }

    private FtpReply(FtpReply reply, string text)
        : this(reply.Code, reply.Raw) => _text = text;

    /// <summary>The reply code, 100 to 999; 0 for a line that is no reply, which is passed on and otherwise ignored.</summary>
    public int Code { get; }

    /// <summary>The exact bytes, line ends included.</summary>
    public ReadOnlyMemory<byte> Raw { get; }

    /// <summary>The lines without their line ends.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Lines => _lines ??= [.. WholeLines().Select(FtpText.OfDevice)];

    /// <summary>What the last line says after the code: where RFC 959 puts the path of 257, the value of 213 and so on.</summary>
    public ReadOnlyMemory<byte> Message => WithoutCode(Lines[^1]);

    /// <summary>The whole reply on one line for a person, code first, control characters replaced.</summary>
    public string Text
    {
        get
        {
            if (_text is not null)
            {
                return _text;
            }

            var parts = Lines.Select(line => FtpText.ForPeople(WithoutCode(line).Span)).Where(part => part.Length > 0);
            var message = string.Join(' ', parts);
            return Code == 0 ? message : string.Create(CultureInfo.InvariantCulture, $"{Code} {message}").TrimEnd();
        }
    }

    /// <summary>1xx: another reply to the same command follows.</summary>
    public bool IsPreliminary => Code is >= 100 and < 200;

    /// <summary>2xx: done.</summary>
    public bool IsCompletion => Code is >= 200 and < 300;

    /// <summary>3xx: another command is needed.</summary>
    public bool IsIntermediate => Code is >= 300 and < 400;

    /// <summary>4xx, 5xx, and codes no RFC knows.</summary>
    public bool IsNegative => Code >= 400;

    /// <summary>Whether it ends the command it answers.</summary>
    public bool IsFinal => Code >= 200;

    /// <summary>vsftpd's way of ending a session on which it has failed, such as for want of a port, whatever was asked.</summary>
    public bool IsLastWords => Text.StartsWith("500 OOPS:", StringComparison.Ordinal);

    /// <summary>A reply of our own, UTF-8, CRLF; multi-line where several lines are given.</summary>
    /// <param name="code">100 to 999.</param>
    /// <param name="lines">At least one; line breaks within are replaced.</param>
    public static FtpReply Create(int code, params IReadOnlyList<string> lines)
    {
        var text = new StringBuilder();
        for (var i = 0; i < lines.Count; i++)
        {
            var separator = i == lines.Count - 1 ? ' ' : '-';
            var line = lines[i].ReplaceLineEndings(" ").Replace('\r', ' ').Replace('\0', ' ');
            text.Append(CultureInfo.InvariantCulture, $"{code}{separator}{line}\r\n");
        }

        return new FtpReply(code, Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>The reply as clients insist on it: every line ended by CRLF (RFC 959 §4.2), where some devices send LF alone, LF CR, a NUL
    /// behind the end, or nothing; and a space behind the code of the last line, where some send the code alone, which curl does not take
    /// for the end. All other bytes stay. The same object where nothing is to be done.</summary>
    public FtpReply ForClients()
    {
        var raw = Raw.Span;
        var ends = raw.Count(FtpText.Lf);
        var text = raw.TrimEnd("\r\n\0"u8);
        var isBare = Code != 0 && text.Length - (text.LastIndexOfAny("\r\n\0"u8) + 1) == CodeLength;
        if (!isBare && ends == raw.Count("\r\n"u8) && raw.EndsWith("\r\n"u8) && !raw.Contains((byte)0))
        {
            return this;
        }

        var bytes = new List<byte>(raw.Length + ends + 3);
        foreach (var line in Lines)
        {
            bytes.AddRange(line.Span);
            bytes.AddRange("\r\n"u8);
        }

        if (isBare)
        {
            bytes.Insert(bytes.Count - "\r\n".Length, (byte)' ');
        }

        return new FtpReply(Code, bytes.ToArray());
    }

    /// <summary>The same reply, but for what people see of it.</summary>
    /// <param name="text">In place of <see cref="Text"/>.</param>
    public FtpReply ShownAs(string text) => text == Text ? this : new FtpReply(this, text);

    public override string ToString() => Text;

    /// <summary>What follows the code and the separator of a line that has this reply's code, else the line as it is.</summary>
    internal ReadOnlyMemory<byte> WithoutCode(ReadOnlyMemory<byte> line) =>
        Code != 0 && ReplyLine.CodeOf(line.Span) == Code ? line[Math.Min(4, line.Length)..] : line;

    /// <summary>The lines with their line ends.</summary>
    internal IEnumerable<ReadOnlyMemory<byte>> WholeLines()
    {
        var rest = Raw;
        do
        {
            var lf = rest.Span.IndexOf(FtpText.Lf);
            var line = lf < 0 ? rest : rest[..(lf + 1)];
            yield return line;
            rest = rest[line.Length..];
        }
        while (!rest.IsEmpty);
    }
}

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

/// <summary>The file's size in the reply that opens a transfer, as most servers give it: <c>150 Opening … (1234 bytes)</c>. No RFC
/// asks for it.</summary>
internal static partial class TransferSize
{
    /// <summary>Reads the size.</summary>
    /// <param name="reply">A preliminary reply.</param>
    /// <param name="size">The size in bytes.</param>
    public static bool TryParse(FtpReply reply, out long size)
    {
        // The last: a file's name may look alike, and stands before.
        size = 0;
        return reply.IsPreliminary
            && Pattern().Match(reply.Text) is { Success: true } match
            && long.TryParse(match.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out size);
    }

    [GeneratedRegex(@"\(([0-9]+) bytes\)", RegexOptions.IgnoreCase | RegexOptions.RightToLeft | RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
