namespace NapterFtp.Client;

/// <summary>How often, and after which waits, a failed attempt is repeated.</summary>
/// <param name="Retries">Repetitions after the first attempt.</param>
/// <param name="Interval">The wait before the first repetition; it doubles each time, up to <see cref="LongestFactor"/> times.</param>
internal sealed record RetryPolicy(int Retries, TimeSpan Interval)
{
    private const int LongestFactor = 16;

    public static RetryPolicy None { get; } = new(0, TimeSpan.Zero);

    /// <summary>The wait after so many failed attempts, half to all of it by chance, so that many devices don't come back at once.</summary>
    public TimeSpan DelayAfter(int failures) =>
        Interval * Math.Min(Math.Pow(2, failures - 1), LongestFactor) * (0.5 + (Random.Shared.NextDouble() / 2));
}
