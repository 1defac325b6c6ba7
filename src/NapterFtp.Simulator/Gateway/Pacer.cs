namespace NapterFtp.Simulator.Gateway;

/// <summary>One direction of a SIM's radio link: bytes of all its connections follow each other at a fixed rate.</summary>
/// <param name="bytesPerSecond">The rate; 0 for none.</param>
internal sealed class Pacer(long bytesPerSecond)
{
    private readonly object _lock = new();
    private long _free;

    /// <summary>The largest piece that one connection may send at a time, so that others get their turn.</summary>
    public int PieceLength => bytesPerSecond == 0 ? int.MaxValue : (int)Math.Clamp(bytesPerSecond / 50, 256, 64 * 1024);

    /// <summary>Bytes that may be under way at a time.</summary>
    public int Window(TimeSpan delay) => bytesPerSecond == 0
        ? 4 * 1024 * 1024
        : (int)Math.Clamp(bytesPerSecond * (2 * delay.TotalSeconds + 0.2), 8 * 1024, 4 * 1024 * 1024);

    /// <summary>When, in the clock's ticks, the last of so many bytes is through.</summary>
    public long Reserve(int count)
    {
        var now = TimeProvider.System.GetTimestamp();
        if (bytesPerSecond == 0)
        {
            return now;
        }

        lock (_lock)
        {
            return _free = Math.Max(now, _free) + (count * TimeProvider.System.TimestampFrequency / bytesPerSecond);
        }
    }
}
