using System.Globalization;
using System.Net;
using System.Text;

namespace NapterFtp.Ftp;

/// <summary>Replies to PASV (227, RFC 959) and EPSV (229, RFC 2428): read in every form devices use, written in exactly one.</summary>
internal static class PassiveReply
{
    public static bool TryParse(FtpReply reply, out PassiveAddress address) => TryParse(reply, out address, out _);

    /// <summary>Reads either form from either code: some devices answer EPSV with 227, or PASV with 229.</summary>
    public static bool TryParse(FtpReply reply, out PassiveAddress address, out PassiveReplyFault fault)
    {
        address = default;
        if (reply.Code is not (227 or 229))
        {
            fault = PassiveReplyFault.NotPassive;
            return false;
        }

        var text = TextOf(reply);
        fault = reply.Code == 227 ? ParseSixNumbers(text, out address) : ParseExtended(text, out address);
        if (fault == PassiveReplyFault.NotUnderstood)
        {
            fault = reply.Code == 227 ? ParseExtended(text, out address) : ParseSixNumbers(text, out address);
        }

        return fault == PassiveReplyFault.None;
    }

    /// <summary><c>227 Entering Passive Mode (a,b,c,d,p1,p2).</c> with CRLF: the form the strictest clients match.</summary>
    /// <param name="host">An IPv4 address, or one mapped to IPv6.</param>
    /// <param name="port">1 to 65535.</param>
    public static byte[] Format227(IPAddress host, int port)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, IPEndPoint.MaxPort);
        var bytes = host.MapToIPv4().GetAddressBytes();
        return Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"227 Entering Passive Mode ({bytes[0]},{bytes[1]},{bytes[2]},{bytes[3]},{port >> 8},{port & 255}).\r\n"));
    }

    /// <summary><c>229 Entering Extended Passive Mode (|||port|)</c> with CRLF.</summary>
    /// <param name="port">1 to 65535.</param>
    public static byte[] Format229(int port)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, IPEndPoint.MaxPort);
        return Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"229 Entering Extended Passive Mode (|||{port}|)\r\n"));
    }

    // The lines without their codes, which are numbers too.
    private static ReadOnlySpan<byte> TextOf(FtpReply reply)
    {
        if (reply.Lines.Count == 1)
        {
            return reply.Message.Span;
        }

        var text = new List<byte>(reply.Raw.Length);
        foreach (var line in reply.Lines)
        {
            text.AddRange(reply.WithoutCode(line).Span);
            text.Add(FtpText.Lf);
        }

        return text.ToArray();
    }

    private static PassiveReplyFault ParseSixNumbers(ReadOnlySpan<byte> text, out PassiveAddress address)
    {
        address = default;
        var fault = PassiveReplyFault.NotUnderstood;
        Span<int> numbers = stackalloc int[6];
        while (text.IndexOfAnyInRange((byte)'0', (byte)'9') is var digit and >= 0)
        {
            var rest = text = text[digit..];
            if (NumberList.TryRead(ref rest, numbers))
            {
                var port = (numbers[4] << 8) | numbers[5];
                if (port != 0 && !numbers.ContainsAnyExceptInRange(0, 255))
                {
                    address = new PassiveAddress(new IPAddress([(byte)numbers[0], (byte)numbers[1], (byte)numbers[2], (byte)numbers[3]]), port);
                    return PassiveReplyFault.None;
                }

                fault = PassiveReplyFault.OutOfRange;
            }

            NumberList.SkipDigits(ref text);
        }

        return fault;
    }

    // "(", a delimiter three times, the port, the delimiter. The protocol and address that RFC 2428 has a server leave out may be there.
    private static PassiveReplyFault ParseExtended(ReadOnlySpan<byte> text, out PassiveAddress address)
    {
        address = default;
        var fault = PassiveReplyFault.NotUnderstood;
        while (text.IndexOf((byte)'(') is var parenthesis and >= 0)
        {
            text = text[(parenthesis + 1)..];
            if (TryReadExtendedPort(text, out var port))
            {
                if (port is > 0 and <= IPEndPoint.MaxPort)
                {
                    address = new PassiveAddress(null, port);
                    return PassiveReplyFault.None;
                }

                fault = PassiveReplyFault.OutOfRange;
            }
        }

        return fault;
    }

    private static bool TryReadExtendedPort(ReadOnlySpan<byte> text, out int port)
    {
        port = 0;
        if (text.IsEmpty || text[0] is < 33 or > 126)
        {
            return false;
        }

        var delimiter = text[0];
        if (text.StartsWith([delimiter, delimiter, delimiter]))
        {
            text = text[3..];
        }
        else
        {
            for (var field = 0; field < 3; field++)
            {
                var end = text.IndexOf(delimiter);
                if (end < 0 || char.IsAsciiDigit((char)delimiter))
                {
                    return false;
                }

                text = text[(end + 1)..];
            }
        }

        // The delimiter may itself be a digit, so the end is looked for first.
        var close = text.IndexOf((byte)')');
        var number = close >= 0 ? text[..close] : text;
        number = number.IndexOf(delimiter) >= 0 ? number[..number.LastIndexOf(delimiter)] : number;
        return NumberList.TryReadAll(number, out port);
    }
}

/// <summary>Why no port could be read from a passive reply.</summary>
internal enum PassiveReplyFault
{
    /// <summary>A port was read.</summary>
    None,

    /// <summary>The reply is neither 227 nor 229.</summary>
    NotPassive,

    /// <summary>The reply holds no address in any known form.</summary>
    NotUnderstood,

    /// <summary>The reply names port 0, a port above 65535, or a number above 255 in an address.</summary>
    OutOfRange,
}

/// <summary>Where a passive reply says to connect.</summary>
/// <param name="Host">The address of a 227; null for a 229. A relay ignores it: behind NAT it is wrong, and it may be an attack.</param>
/// <param name="Port">1 to 65535. RFC 2577 advises against those below 1024; that is the caller's decision.</param>
internal readonly record struct PassiveAddress(IPAddress? Host, int Port);

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
