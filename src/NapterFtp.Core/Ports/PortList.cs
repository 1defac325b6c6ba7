using NapterFtp.Soracom;

namespace NapterFtp.Ports;

/// <summary>Describes the account's entries as users see them.</summary>
internal static class PortList
{
    /// <summary>SORACOM's entries in its order, each with what this process knows of it; entries that have ended are left out.</summary>
    /// <param name="entries">What SORACOM lists.</param>
    /// <param name="own">This process's own ports.</param>
    public static IEnumerable<NapterPort> Join(IEnumerable<PortMapping> entries, IEnumerable<NapterPort> own)
    {
        var byEndPoint = own.Where(port => port.EndPoint is not null).ToDictionary(port => port.EndPoint!);
        return entries
            .Where(entry => !entry.Expired)
            .Select(entry => Describe(entry, byEndPoint.GetValueOrDefault(entry.EndPoint)));
    }

    /// <summary>One entry, with what this process knows of it.</summary>
    public static NapterPort Describe(PortMapping entry, NapterPort? own = null) =>
        (own ?? new NapterPort { DevicePort = entry.DevicePort }) with
        {
            Imsi = entry.Imsi ?? own?.Imsi,
            SimId = entry.SimId ?? own?.SimId,
            DevicePort = entry.DevicePort,
            EndPoint = entry.EndPoint,
            HostName = entry.HostName,
            CreatedAt = entry.CreatedAt,
            ExpiresAt = entry.ExpiresAt,
            SourceRange = entry.SourceRanges,
            Tls = entry.TlsRequired,
        };
}
