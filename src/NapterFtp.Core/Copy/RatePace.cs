namespace NapterFtp.Copy;

/// <summary>Keeps the files of one device to so many bytes a second together.</summary>
/// <param name="bytesPerSecond">The limit; more than 0.</param>
/// <param name="time">The clock.</param>
internal sealed class RatePace(long bytesPerSecond, TimeProvider time)
{
    // No wait is long enough for a device to think that nobody is there, or for Ctrl+C to seem dead.
    private const int PiecesPerSecond = 4;

    private readonly object _lock = new();
    private readonly long _start = time.GetTimestamp();
    private TimeSpan _spent;

    /// <summary>How many bytes should be moved at a time at most.</summary>
    public int LargestPiece { get; } = (int)Math.Clamp(bytesPerSecond / PiecesPerSecond, 1, 1 << 20);

    /// <summary>Waits until bytes that have been moved are within the limit. What was not used is not saved up.</summary>
    public async ValueTask TakeAsync(int count, CancellationToken cancellationToken)
    {
        TimeSpan wait;
        lock (_lock)
        {
            var now = time.GetElapsedTime(_start);
            _spent = (_spent > now ? _spent : now) + TimeSpan.FromSeconds((double)count / bytesPerSecond);
            wait = _spent - now;
        }

        if (wait > TimeSpan.FromMilliseconds(1))
        {
            await Task.Delay(wait, time, cancellationToken);
        }
    }
}
