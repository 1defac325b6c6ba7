namespace NapterFtp.Client;

/// <summary>When a device was last heard of.</summary>
internal sealed class Activity(TimeProvider time)
{
    private long _last = time.GetTimestamp();

    public TimeSpan Silence => time.GetElapsedTime(Interlocked.Read(ref _last));

    public void Touch() => Interlocked.Exchange(ref _last, time.GetTimestamp());
}
