namespace NapterFtp.Client;

/// <summary>When a device was last heard of.</summary>
internal sealed class Activity(TimeProvider time)
{
    private long _last = time.GetTimestamp();
    private int _elsewhere;

    /// <summary>How long the device has been silent while something was expected of it.</summary>
    public TimeSpan Silence => Volatile.Read(ref _elsewhere) > 0 ? TimeSpan.Zero : time.GetElapsedTime(Interlocked.Read(ref _last));

    public void Touch() => Interlocked.Exchange(ref _last, time.GetTimestamp());

    /// <summary>While something else than the device is waited for, such as SORACOM's API, it is not silent: more devices at a
    /// time would only lengthen that wait.</summary>
    public async Task<T> ElsewhereAsync<T>(Task<T> task)
    {
        Interlocked.Increment(ref _elsewhere);
        try
        {
            return await task;
        }
        finally
        {
            Touch();
            Interlocked.Decrement(ref _elsewhere);
        }
    }
}
