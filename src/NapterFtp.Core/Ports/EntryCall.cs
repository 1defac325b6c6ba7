using NapterFtp.Soracom;

namespace NapterFtp.Ports;

/// <summary>One create call, and what is needed to recognise its entry where the answer was lost.</summary>
/// <param name="Device">The device.</param>
/// <param name="DevicePort">The TCP port on the device.</param>
/// <param name="Duration">The life asked for.</param>
/// <param name="AskedAt">When the call began, by our clock.</param>
internal sealed record EntryCall(DeviceTarget Device, int DevicePort, TimeSpan Duration, DateTimeOffset AskedAt)
{
    /// <summary>SORACOM may set the end to another whole minute than ours.</summary>
    private static readonly TimeSpan DurationTolerance = TimeSpan.FromMinutes(1);

    /// <summary>Whether two calls make entries that look alike.</summary>
    public bool IsLike(EntryCall other) => Device == other.Device && DevicePort == other.DevicePort;

    /// <summary>Whether an entry of this device may come from this call. An entry without a creation time never does: somebody
    /// else's must not be taken.</summary>
    /// <param name="entry">An entry listed for the device.</param>
    /// <param name="from">When the call began, by our clock.</param>
    /// <param name="until">When it ended, by our clock.</param>
    /// <param name="clock">What is known of SORACOM's clock.</param>
    public bool MayHaveMade(PortMapping entry, DateTimeOffset from, DateTimeOffset until, ServerClock clock) =>
        entry.DevicePort == DevicePort
        && entry.TlsRequired
        && entry.CreatedAt is { } created
        && created >= from + clock.Offset - clock.Tolerance
        && created <= until + clock.Offset + clock.Tolerance
        && (entry.ExpiresAt is not { } expires || (expires - created - Duration).Duration() <= DurationTolerance);

    /// <summary>The entry made soonest after the call.</summary>
    public PortMapping? Choose(IEnumerable<PortMapping> entries) => entries.MinBy(entry => (entry.CreatedAt!.Value - AskedAt).Duration());
}
