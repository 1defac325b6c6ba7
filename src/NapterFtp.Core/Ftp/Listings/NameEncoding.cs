using System.Text;

namespace NapterFtp.Ftp.Listings;

/// <summary>How a device writes file names in bytes.</summary>
internal sealed class NameEncoding
{
    private readonly Encoding _strict;

    private NameEncoding(Encoding encoding)
    {
        _strict = (Encoding)encoding.Clone();
        _strict.EncoderFallback = EncoderFallback.ExceptionFallback;
        _strict.DecoderFallback = DecoderFallback.ExceptionFallback;
    }

    public static NameEncoding Utf8 { get; } = new(new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));

    /// <summary>The name it is registered by, such as <c>utf-8</c> or <c>shift_jis</c>.</summary>
    public string Name => _strict.WebName;

    /// <param name="name">A name registered with IANA (<c>shift_jis</c>, <c>euc-jp</c>, <c>iso-8859-1</c>), or a code page's number (<c>932</c>).</param>
    /// <exception cref="NapterFtpException"><c>UnknownEncoding</c>, also for encodings whose ASCII is not one byte a character.</exception>
    public static NameEncoding Find(string name)
    {
        var encoding = FindEncoding(name.Trim());
        if (encoding is null || encoding.GetByteCount("/") != 1 || encoding.GetBytes("/")[0] != (byte)'/')
        {
            throw new NapterFtpException(
                "UnknownEncoding",
                NapterFtpErrorKind.InvalidArgument,
                $"'{name}' is not an encoding that file names on an FTP server can have.",
                "Give a name such as utf-8, shift_jis, euc-jp or iso-8859-1, or a code page's number such as 932.",
                name);
        }

        return new NameEncoding(encoding);
    }

    /// <summary>Bytes to text; as Latin-1 where they are not in this encoding.</summary>
    /// <param name="bytes">The name as sent.</param>
    /// <param name="isExact">Whether the text encodes back to the same bytes.</param>
    public string Decode(ReadOnlySpan<byte> bytes, out bool isExact)
    {
        try
        {
            var text = _strict.GetString(bytes);
            isExact = bytes.SequenceEqual(_strict.GetBytes(text));
            return text;
        }
        catch (Exception e) when (e is DecoderFallbackException or EncoderFallbackException)
        {
            isExact = false;
            return Encoding.Latin1.GetString(bytes);
        }
    }

    /// <exception cref="NapterFtpException"><c>NameNotInEncoding</c>.</exception>
    public byte[] Encode(string text)
    {
        try
        {
            return _strict.GetBytes(text);
        }
        catch (EncoderFallbackException e)
        {
            throw new NapterFtpException(
                "NameNotInEncoding",
                NapterFtpErrorKind.InvalidArgument,
                $"The name '{text}' has a character that {Name} lacks.",
                "Rename the file, or choose the device's encoding with -Encoding.",
                text,
                e);
        }
    }

    public override string ToString() => Name;

    // The old code pages are asked for directly: registering their provider would change the whole process.
    private static Encoding? FindEncoding(string name)
    {
        try
        {
            return int.TryParse(name, out var codePage)
                ? CodePagesEncodingProvider.Instance.GetEncoding(codePage) ?? Encoding.GetEncoding(codePage)
                : CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
