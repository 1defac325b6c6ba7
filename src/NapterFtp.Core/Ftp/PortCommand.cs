using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NapterFtp.Ftp;

/// <summary>Arguments of PORT (RFC 959) and EPRT (RFC 2428), with which a client in active mode says where it listens. Whether
/// the address is the client's own and the port not a privileged one is for the caller to check.</summary>
internal static class PortCommand
{
    /// <summary>Writes <c>h1,h2,h3,h4,p1,p2</c>.</summary>
    /// <param name="endPoint">An IPv4 end point.</param>
    public static string FormatPort(IPEndPoint endPoint) =>
        string.Create(CultureInfo.InvariantCulture, $"{endPoint.Address.ToString().Replace('.', ',')},{endPoint.Port >> 8},{endPoint.Port & 255}");

    /// <summary>Reads <c>h1,h2,h3,h4,p1,p2</c>.</summary>
    public static bool TryParsePort(ReadOnlySpan<byte> argument, out IPEndPoint endPoint)
    {
        endPoint = new IPEndPoint(IPAddress.None, 0);
        Span<int> numbers = stackalloc int[6];
        var rest = argument.Trim((byte)' ');
        if (!NumberList.TryRead(ref rest, numbers) || !rest.IsEmpty || numbers.ContainsAnyExceptInRange(0, 255))
        {
            return false;
        }

        var host = new IPAddress([(byte)numbers[0], (byte)numbers[1], (byte)numbers[2], (byte)numbers[3]]);
        endPoint = new IPEndPoint(host, (numbers[4] << 8) | numbers[5]);
        return true;
    }

    public static bool TryParseEprt(ReadOnlySpan<byte> argument, out IPEndPoint endPoint) => TryParseEprt(argument, out endPoint, out _);

    /// <summary>Reads <c>|1|132.235.1.2|6275|</c> or <c>|2|2001:db8::1|5282|</c> with any delimiter.</summary>
    /// <param name="argument">What follows EPRT.</param>
    /// <param name="endPoint">Where the client listens.</param>
    /// <param name="unknownProtocol">Well formed but neither protocol 1 nor 2: answer 522 with <c>(1,2)</c>, not 501.</param>
    public static bool TryParseEprt(ReadOnlySpan<byte> argument, out IPEndPoint endPoint, out bool unknownProtocol)
    {
        endPoint = new IPEndPoint(IPAddress.None, 0);
        unknownProtocol = false;
        argument = argument.Trim((byte)' ');
        if (argument.Length < 2 || argument[0] is < 33 or > 126 || argument[^1] != argument[0])
        {
            return false;
        }

        Span<Range> ranges = stackalloc Range[4];
        var fields = Encoding.Latin1.GetString(argument[1..^1]);
        if (fields.AsSpan().Split(ranges, (char)argument[0]) != 3
            || !NumberList.TryReadAll(Bytes(fields[ranges[0]]), out var protocol)
            || !NumberList.TryReadAll(Bytes(fields[ranges[2]]), out var port)
            || port > IPEndPoint.MaxPort)
        {
            return false;
        }

        unknownProtocol = protocol is not (1 or 2);
        if (unknownProtocol || !TryParseAddress(fields[ranges[1]], protocol, out var host))
        {
            return false;
        }

        endPoint = new IPEndPoint(host, port);
        return true;
    }

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    // IPAddress.TryParse also takes 1, 0x7f.1, 010.0.0.1, [::1]:80 and ::1%eth0, which RFC 2428 does not.
    private static bool TryParseAddress(string text, int protocol, out IPAddress host)
    {
        if (!IPAddress.TryParse(text, out host!))
        {
            return false;
        }

        return protocol == 1
            ? host.AddressFamily == AddressFamily.InterNetwork && host.ToString() == text
            : host.AddressFamily == AddressFamily.InterNetworkV6 && !text.AsSpan().ContainsAny("[]%");
    }
}
