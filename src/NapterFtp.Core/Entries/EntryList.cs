using NapterFtp.Soracom;

namespace NapterFtp.Entries;

/// <summary>Describes the account's entries as users see them.</summary>
internal static class EntryList
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
            DevicePort = own?.DevicePort ?? entry.DevicePort,
            EndPoint = entry.EndPoint,
            HostName = entry.HostName,
            CreatedAt = entry.CreatedAt,
            ExpiresAt = entry.ExpiresAt,
            SourceRange = entry.SourceRanges,
            Tls = entry.TlsRequired,
            Placement = entry.Placement,
        };
}

/// <summary>Looks at ports from time to time and tells how fast data moves between two looks.</summary>
internal sealed class EntryWatch(TimeProvider time)
{
    private Dictionary<string, (long FromDevice, long ToDevice)> _last = [];
    private long _lookedAt = time.GetTimestamp();

    /// <summary>The ports as they are now, in the order given. Call from one thread.</summary>
    /// <param name="ports">Snapshots of ports of this process.</param>
    public IReadOnlyList<NapterPortActivity> Look(IEnumerable<NapterPort> ports)
    {
        var now = time.GetUtcNow();
        var seconds = time.GetElapsedTime(_lookedAt).TotalSeconds;
        _lookedAt = time.GetTimestamp();
        var current = new Dictionary<string, (long, long)>();
        var seen = new List<NapterPortActivity>();
        foreach (var port in ports.Where(port => port.PortId is not null))
        {
            // What came before a port was first looked at came since the look before.
            var (from, to) = _last.GetValueOrDefault(port.PortId!);
            current[port.PortId!] = (port.BytesFromDevice, port.BytesToDevice);
            seen.Add(new NapterPortActivity
            {
                Time = now,
                Proxy = port.Proxy,
                SessionId = port.SessionId,
                PortId = port.PortId,
                Kind = port.Kind,
                State = port.State,
                DevicePort = port.DevicePort,
                RouterPort = port.RouterPort,
                Command = port.Command,
                BytesFromDevice = port.BytesFromDevice,
                BytesToDevice = port.BytesToDevice,
                RateFromDevice = Rate(port.BytesFromDevice - from, seconds),
                RateToDevice = Rate(port.BytesToDevice - to, seconds),
                Age = port.CreatedAt is { } created && now > created ? now - created : TimeSpan.Zero,
            });
        }

        _last = current;
        return seen;
    }

    private static long Rate(long bytes, double seconds) => seconds > 0 ? (long)(bytes / seconds) : 0;
}
