using System.Net;

namespace NapterFtp.Ftp;

/// <summary>Where a passive reply says to connect.</summary>
/// <param name="Host">The address of a 227; null for a 229. A relay ignores it: behind NAT it is wrong, and it may be an attack.</param>
/// <param name="Port">1 to 65535. RFC 2577 advises against those below 1024; that is the caller's decision.</param>
internal readonly record struct PassiveAddress(IPAddress? Host, int Port);
