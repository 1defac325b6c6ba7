namespace NapterFtp.Ftp;

/// <summary>Decimal numbers with commas between, as PORT and 227 write addresses.</summary>
internal static class NumberList
{
    // Above any port and any part of an address, so that larger numbers need no exact value.
    private const int Ceiling = 1_000_000;

    /// <summary>Reads as many numbers as <paramref name="numbers"/> holds, blanks allowed around the commas, and moves past them.</summary>
    public static bool TryRead(ref ReadOnlySpan<byte> text, scoped Span<int> numbers)
    {
        for (var i = 0; i < numbers.Length; i++)
        {
            if (i > 0)
            {
                text = text.TrimStart(" \t"u8);
                if (text.IsEmpty || text[0] != (byte)',')
                {
                    return false;
                }

                text = text[1..].TrimStart(" \t"u8);
            }

            var digits = text;
            SkipDigits(ref text);
            if (!TryReadAll(digits[..^text.Length], out numbers[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Reads a number that is the whole of the text; those above 1,000,000 read as that.</summary>
    public static bool TryReadAll(ReadOnlySpan<byte> digits, out int number)
    {
        number = 0;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            number = Math.Min((number * 10) + (digit - '0'), Ceiling);
        }

        return !digits.IsEmpty;
    }

    public static void SkipDigits(ref ReadOnlySpan<byte> text)
    {
        var end = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        text = end < 0 ? [] : text[end..];
    }
}
