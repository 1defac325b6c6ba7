namespace NapterFtp.Pulls;

/// <summary>When a device that failed is tried again, and when it is given up. A service's; the numbers of attempts and the next one's time are
/// in the store, so that they outlive it.</summary>
internal sealed record PullRetry
{
    /// <summary>How often a device is tried in one run.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>The wait before the second attempt; it doubles with each further one.</summary>
    public TimeSpan First { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>No wait is longer.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The wait after so many attempts, 1 or more.</summary>
    public TimeSpan WaitAfter(int attempts)
    {
        var wait = First;
        for (var i = 1; i < attempts && wait < Longest; i++)
        {
            wait *= 2;
        }

        return wait < Longest ? wait : Longest;
    }
}

/// <summary>What a worker's end makes of a device of a run.</summary>
/// <param name="State">How it stands.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="NextTry">When it is tried again; null for never.</param>
/// <param name="Error">What went wrong.</param>
internal sealed record PullEnd(NapterPullDeviceState State, int Attempts, DateTimeOffset? NextTry, string? Error)
{
    /// <summary>Whether its run has no device left to be done.</summary>
    public bool EndsRun { get; init; }

    /// <summary>What it is to be.</summary>
    public static PullEnd Of(PullTally tally, int attempts, PullRetry? retry, DateTimeOffset now) => tally switch
    {
        { Error: null } => new PullEnd(NapterPullDeviceState.Done, attempts, null, null),
        { IsFinal: true } => new PullEnd(NapterPullDeviceState.Failed, attempts, null, tally.Error),
        _ when retry is null => new PullEnd(NapterPullDeviceState.Failed, attempts, null, tally.Error),
        _ when attempts < retry.Attempts => new PullEnd(NapterPullDeviceState.Waiting, attempts, now + retry.WaitAfter(attempts), tally.Error),
        _ => new PullEnd(NapterPullDeviceState.GivenUp, attempts, null, FormattableString.Invariant($"Given up after {attempts} attempts: {tally.Error}")),
    };
}
