using System.Globalization;
using System.Text;

namespace NapterFtp.Ftp.Listings;

/// <summary>RFC 3659's <c>time-val</c>, <c>YYYYMMDDHHMMSS[.sss]</c> in UTC: MDTM, MFMT and the modify fact.</summary>
internal static class FtpTime
{
    private static readonly int[] FieldLengths = [2, 2, 2, 2, 2];

    public static ListedTime? Parse(ReadOnlySpan<byte> text)
    {
        var value = Encoding.Latin1.GetString(text).Trim();
        var dot = value.IndexOf('.', StringComparison.Ordinal);
        var digits = dot < 0 ? value : value[..dot];

        // Servers that write the year as "19" and the years since 1900 say 19124 for 2024.
        var yearLength = digits.Length == 15 && digits.StartsWith("191", StringComparison.Ordinal) ? 5 : 4;
        if (digits.Length != yearLength + FieldLengths.Sum() || !digits.All(char.IsAsciiDigit))
        {
            return null;
        }

        var year = yearLength == 5 ? 1900 + Number(digits[2..5]) : Number(digits[..4]);
        var fields = FieldLengths.Select((length, i) => Number(digits.Substring(yearLength + (i * length), length))).ToArray();
        var time = ListedTime.Create(year, fields[0], fields[1], fields[2], fields[3], fields[4], isUtc: true);
        return time is { } whole && dot >= 0 ? WithFraction(whole, value[(dot + 1)..]) : time;
    }

    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture);

    /// <summary>Adds a fraction of a second given in decimal digits, as far as ticks can tell it; null where it is no such thing.</summary>
    internal static ListedTime? WithFraction(ListedTime time, string digits)
    {
        if (digits.Length == 0 || !digits.All(char.IsAsciiDigit))
        {
            return null;
        }

        var known = Math.Min(digits.Length, 7);
        var unit = (long)Math.Pow(10, 7 - known);
        var ticks = long.Parse(digits[..known], CultureInfo.InvariantCulture) * unit;
        return time with { Value = time.Value.AddTicks(ticks), Precision = TimeSpan.FromTicks(unit) };
    }

    private static int Number(string digits) => int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
}
