using System.Globalization;
using System.Text;
using NapterFtp.Ftp.Listings;

namespace NapterFtp.Copy;

/// <summary>File names between the device's bytes and strings, losslessly: a byte that the encoding cannot read becomes a lone
/// surrogate U+DC80 to U+DCFF, which encodes to that byte again. So a string alone can name any file.</summary>
internal sealed class NameCodec(NameEncoding encoding) : IEquatable<NameCodec>
{
    private const char EscapeBase = '\uDC00';
    private const int LongestCharacter = 4;

    /// <summary>UTF-8, which RFC 2640 wants.</summary>
    public static NameCodec Utf8 { get; } = new(NameEncoding.Utf8);

    public NameEncoding Encoding { get; } = encoding;

    public bool IsUtf8 => Encoding.Name == "utf-8";

    /// <summary>An encoding by its name or code page number, such as <c>shift_jis</c> or <c>932</c>; UTF-8 for null.</summary>
    /// <exception cref="NapterFtpException"><c>UnknownEncoding</c>.</exception>
    public static NameCodec Find(string? name) => string.IsNullOrWhiteSpace(name) ? Utf8 : new NameCodec(NameEncoding.Find(name));

    public bool Equals(NameCodec? other) => other?.Encoding.Name == Encoding.Name;

    public override bool Equals(object? obj) => Equals(obj as NameCodec);

    public override int GetHashCode() => Encoding.Name.GetHashCode(StringComparison.Ordinal);

    public string Decode(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.Decode(bytes, out var isExact);
        if (isExact)
        {
            return text;
        }

        var result = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            bytes = bytes[DecodeOne(bytes, result)..];
        }

        return result.ToString();
    }

    /// <exception cref="NapterFtpException"><c>NameNotInEncoding</c>.</exception>
    public byte[] Encode(string text)
    {
        if (!text.Any(IsEscape))
        {
            return Encoding.Encode(text);
        }

        var bytes = new List<byte>(text.Length * 2);
        for (var start = 0; start < text.Length;)
        {
            if (IsEscape(text, start))
            {
                bytes.Add((byte)(text[start++] - EscapeBase));
                continue;
            }

            var end = start + 1;
            while (end < text.Length && !IsEscape(text, end))
            {
                end++;
            }

            bytes.AddRange(Encoding.Encode(text[start..end]));
            start = end;
        }

        return [.. bytes];
    }

    /// <summary>The name with the bytes that the encoding cannot read as <c>%XX</c>: fit for messages and local file names.</summary>
    public static string ForPeople(string name)
    {
        if (!name.Any(IsEscape))
        {
            return name;
        }

        var text = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            _ = IsEscape(name, i)
                ? text.Append('%').Append(((byte)(name[i] - EscapeBase)).ToString("X2", CultureInfo.InvariantCulture))
                : text.Append(name[i]);
        }

        return text.ToString();
    }

    private static bool IsEscape(char c) => c is >= '\uDC80' and <= '\uDCFF';

    // The second half of a real surrogate pair lies in the same range.
    private static bool IsEscape(string text, int index) =>
        IsEscape(text[index]) && (index == 0 || !char.IsHighSurrogate(text[index - 1]));

    private int DecodeOne(ReadOnlySpan<byte> bytes, StringBuilder result)
    {
        for (var length = 1; length <= Math.Min(LongestCharacter, bytes.Length); length++)
        {
            var text = Encoding.Decode(bytes[..length], out var isExact);
            if (isExact)
            {
                result.Append(text);
                return length;
            }
        }

        result.Append((char)(EscapeBase + bytes[0]));
        return 1;
    }
}
