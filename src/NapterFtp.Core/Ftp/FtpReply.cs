using System.Globalization;
using System.Text;

namespace NapterFtp.Ftp;

/// <summary>One reply on a control connection, single or multi-line (RFC 959 §4.2), or a line that is no reply at all.</summary>
internal sealed class FtpReply
{
    private IReadOnlyList<ReadOnlyMemory<byte>>? _lines;

    public FtpReply(int code, ReadOnlyMemory<byte> raw)
    {
        Code = code;
        Raw = raw;
    }

    /// <summary>The reply code, 100 to 999; 0 for a line that is no reply, which is passed on and otherwise ignored.</summary>
    public int Code { get; }

    /// <summary>The exact bytes, line ends included.</summary>
    public ReadOnlyMemory<byte> Raw { get; }

    /// <summary>The lines without their line ends.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Lines => _lines ??= [.. WholeLines().Select(FtpText.WithoutLineEnd)];

    /// <summary>What the last line says after the code: where RFC 959 puts the path of 257, the value of 213 and so on.</summary>
    public ReadOnlyMemory<byte> Message => WithoutCode(Lines[^1]);

    /// <summary>The whole reply on one line for a person, code first, control characters replaced.</summary>
    public string Text
    {
        get
        {
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

    /// <summary>The reply with every line ended by CRLF (RFC 959 §4.2), as clients insist where some devices send LF alone or
    /// nothing at the end; all other bytes stay. The same object where nothing is to be done.</summary>
    public FtpReply WithCrLf()
    {
        var raw = Raw.Span;
        var ends = raw.Count(FtpText.Lf);
        if (ends == raw.Count("\r\n"u8) && raw.EndsWith("\r\n"u8))
        {
            return this;
        }

        var bytes = new List<byte>(raw.Length + ends + 2);
        foreach (var line in Lines)
        {
            bytes.AddRange(line.Span);
            bytes.AddRange("\r\n"u8);
        }

        return new FtpReply(Code, bytes.ToArray());
    }

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
