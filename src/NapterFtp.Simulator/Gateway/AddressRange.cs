using System.Net;

namespace NapterFtp.Simulator.Gateway;

/// <summary>CIDR ranges as <c>source.ipRanges</c> holds them.</summary>
internal static class AddressRange
{
    public static bool IsValid(string cidr) => IPNetwork.TryParse(cidr, out _);

    public static bool AnyContains(IEnumerable<string> ranges, IPAddress address) =>
        ranges.Any(range => IPNetwork.Parse(range).Contains(address));
}
