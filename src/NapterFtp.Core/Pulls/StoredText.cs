using System.Globalization;
using System.Text;

namespace NapterFtp.Pulls;

/// <summary>Names of files as databases take them. Bytes that are no character of the device's encoding are single surrogates in our names
/// (<see cref="Copy.NameCodec"/>), which UTF-8 knows not, and PostgreSQL knows no NUL: those are written as ESC and four digits.</summary>
internal static class StoredText
{
    private const char Escape = '\u001B';

    public static string Write(string text)
    {
        if (!NeedsEscape(text))
        {
            return text;
        }

        var written = new StringBuilder(text.Length + 8);
        for (var i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
            {
                written.Append(text[i]).Append(text[++i]);
            }
            else if (text[i] is '\0' or Escape || char.IsSurrogate(text[i]))
            {
                written.Append(Escape).Append(((int)text[i]).ToString("X4", CultureInfo.InvariantCulture));
            }
            else
            {
                written.Append(text[i]);
            }
        }

        return written.ToString();
    }

    public static string Read(string stored)
    {
        if (!stored.Contains(Escape, StringComparison.Ordinal))
        {
            return stored;
        }

        var read = new StringBuilder(stored.Length);
        for (var i = 0; i < stored.Length; i++)
        {
            if (stored[i] == Escape && i + 4 < stored.Length
                && ushort.TryParse(stored.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
            {
                read.Append((char)unit);
                i += 4;
            }
            else
            {
                read.Append(stored[i]);
            }
        }

        return read.ToString();
    }

    private static bool NeedsEscape(string text)
    {
        foreach (var unit in text)
        {
            if (unit is '\0' or Escape || char.IsSurrogate(unit))
            {
                return true;
            }
        }

        return false;
    }
}
