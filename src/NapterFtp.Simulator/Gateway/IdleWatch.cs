namespace NapterFtp.Simulator.Gateway;

/// <summary>Ends a connection on which nothing has moved for a time.</summary>
internal sealed class IdleWatch : IDisposable
{
    private readonly ITimer? _timer;
    private readonly TimeSpan _limit;

    /// <param name="limit">The time; zero for none.</param>
    public IdleWatch(TimeSpan limit, TimeProvider time, Action end)
    {
        _limit = limit;
        _timer = limit > TimeSpan.Zero ? time.CreateTimer(_ => end(), null, limit, Timeout.InfiniteTimeSpan) : null;
    }

    public void Moved() => _timer?.Change(_limit, Timeout.InfiniteTimeSpan);

    public void Dispose() => _timer?.Dispose();
}
