using System.Net;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>Address ranges as users write them.</summary>
internal static class AddressRange
{
    /// <summary>Reads <c>203.0.113.0/24</c>, or a single address.</summary>
    /// <param name="texts">What was given.</param>
    /// <param name="parameter">The parameter's name, for the error.</param>
    /// <exception cref="NapterFtpException"><c>InvalidAddressRange</c>.</exception>
    public static IReadOnlyList<IPNetwork> Parse(IEnumerable<string>? texts, string parameter) =>
        [.. (texts ?? []).Select(text => Parse(text, parameter))];

    private static IPNetwork Parse(string text, string parameter)
    {
        if (IPNetwork.TryParse(text, out var range))
        {
            return range;
        }

        // A dotted address alone; .NET would take "10" for one too.
        if (IPAddress.TryParse(text, out var address) && (text.Contains(':', StringComparison.Ordinal) || text.Count(c => c == '.') == 3))
        {
            return new IPNetwork(address, address.GetAddressBytes().Length * 8);
        }

        throw new NapterFtpException(
            "InvalidAddressRange",
            NapterFtpErrorKind.InvalidArgument,
            $"'{text}' given to -{parameter} is not a range of addresses.",
            "Give a CIDR range whose address has no bits beyond the prefix, such as 203.0.113.0/24, or a single address.",
            text);
    }
}
