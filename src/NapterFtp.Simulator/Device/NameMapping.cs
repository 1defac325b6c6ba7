using System.Text;

namespace NapterFtp.Simulator.Device;

/// <summary>
/// Maps names as they go over the control connection (bytes, kept one to a char) to file names on disk and back, so that any
/// byte sequence a client may send makes a file, and lists as the very same bytes.
/// </summary>
/// <remarks>
/// A name that the device's encoding can decode, and encode back to the same bytes, becomes that text. In every other name, and for
/// characters that this machine's file systems forbid, a byte <c>b</c> becomes the private-use character <c>U+F000 + b</c>, as Cygwin
/// does. A file name that the encoding cannot express (made by others) lists with <c>?</c> and cannot be asked for.
/// </remarks>
internal sealed class NameMapping
{
    private const char EscapeBase = '\uF000';
    private static readonly HashSet<char> s_forbidden = [.. Path.GetInvalidFileNameChars()];
    private readonly Encoding _encoding;

    public NameMapping(string encodingName)
    {
        _encoding = CodePagesEncodingProvider.Instance.GetEncoding(encodingName, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)
            ?? Encoding.GetEncoding(encodingName, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
    }

    /// <summary>Whether the names on the wire are UTF-8.</summary>
    public bool IsUtf8 => _encoding.CodePage == Encoding.UTF8.CodePage;

    /// <summary>The name on disk of one path component on the wire.</summary>
    public string ToFileName(string wire)
    {
        var bytes = Encoding.Latin1.GetBytes(wire);
        var text = TryDecode(bytes);
        return string.Concat(text is null
            ? wire.Select(c => c >= 0x80 || s_forbidden.Contains(c) ? (char)(EscapeBase + c) : c)
            : text.Select(c => s_forbidden.Contains(c) ? (char)(EscapeBase + c) : c));
    }

    /// <summary>The bytes, one to a char, by which a file on disk is known on the wire.</summary>
    public string ToWire(string fileName)
    {
        var wire = new StringBuilder(fileName.Length);
        foreach (var rune in fileName.EnumerateRunes())
        {
            if (IsEscape(rune.Value))
            {
                wire.Append((char)(rune.Value - EscapeBase));
            }
            else if (rune.IsAscii)
            {
                wire.Append((char)rune.Value);
            }
            else
            {
                wire.Append(TryEncode(rune.ToString()) ?? "?");
            }
        }

        return wire.ToString();
    }

    private static bool IsEscape(int c) => c is >= EscapeBase and <= EscapeBase + 0xFF;

    private string? TryDecode(byte[] bytes)
    {
        try
        {
            var text = _encoding.GetString(bytes);
            return !text.Any(c => IsEscape(c)) && _encoding.GetBytes(text).AsSpan().SequenceEqual(bytes) ? text : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private string? TryEncode(string text)
    {
        try
        {
            return Encoding.Latin1.GetString(_encoding.GetBytes(text));
        }
        catch (EncoderFallbackException)
        {
            return null;
        }
    }
}
