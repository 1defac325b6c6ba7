namespace NapterFtp.Core.Tests.Faults;

/// <summary>A clock that runs several times as fast as the real one, so that the product's own limits pass in seconds.</summary>
internal sealed class FastTime : TimeProvider
{
    public const int Factor = 5;

    private readonly DateTimeOffset _started = System.GetUtcNow();
    private readonly long _timestamp = System.GetTimestamp();

    public override long TimestampFrequency => System.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => _started + (System.GetElapsedTime(_timestamp) * Factor);

    public override long GetTimestamp() => _timestamp + ((System.GetTimestamp() - _timestamp) * Factor);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(System.CreateTimer(callback, state, Real(dueTime), Real(period)));

    private static TimeSpan Real(TimeSpan span) => span <= TimeSpan.Zero ? span : span / Factor;

    private sealed class Timer(ITimer real) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => real.Change(Real(dueTime), Real(period));

        public void Dispose() => real.Dispose();

        public ValueTask DisposeAsync() => real.DisposeAsync();
    }
}
