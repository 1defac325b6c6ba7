namespace NapterFtp.Soracom;

/// <summary>A moment until which a caller waits, on a clock that does not jump.</summary>
internal readonly struct Deadline(TimeProvider time, TimeSpan patience)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>How long the caller was ready to wait in all.</summary>
    public TimeSpan Patience => patience;

    /// <summary>What is left of it; zero once it has passed.</summary>
    public TimeSpan Remaining
    {
        get
        {
            var left = patience - time.GetElapsedTime(_start);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }
}
