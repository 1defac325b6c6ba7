using System.Net;

namespace NapterFtp.Transport;

/// <summary>Addresses as FTP needs them.</summary>
internal static class Addresses
{
    /// <summary>An IPv4 address as such where the system shows it mapped into IPv6, as a dual-mode listener does.</summary>
    public static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    /// <summary>Whether both name the same host address, mapped or not.</summary>
    public static bool AreSame(IPAddress first, IPAddress second) => Plain(first).Equals(Plain(second));
}
