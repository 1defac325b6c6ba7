namespace NapterFtp;

/// <summary>One run of a schedule.</summary>
public sealed record NapterPullRun
{
    /// <summary>The run's number within its store, from 1 up; another store has the same numbers.</summary>
    public required long Id { get; init; }

    /// <summary>The schedule's name.</summary>
    public required string Pull { get; init; }

    /// <summary>The time that it ran for, in UTC: the schedule's, or when it was asked for by hand.</summary>
    public DateTimeOffset Scheduled { get; init; }

    /// <summary>When it began, in UTC by the clock of the computer that began it.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>When its last device was done, in UTC by the clock of the computer that did it; null where that is not so yet, or where its process
    /// was ended.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>How it stands.</summary>
    public NapterPullRunState State { get; init; }

    /// <summary>How many devices it has; 0 while it waits for a service to find them.</summary>
    public int Devices { get; init; }

    /// <summary>How many of them are done.</summary>
    public int Done { get; init; }

    /// <summary>How many of them failed, wholly or in part, were given up or lost.</summary>
    public int Failed { get; init; }

    /// <summary>How many of them are still to come, or under way.</summary>
    public int Waiting { get; init; }

    /// <summary>Files that were copied whole, at all its devices.</summary>
    public long Files { get; init; }

    /// <summary>Bytes that crossed the network, at all its devices, repeated attempts included.</summary>
    public long Bytes { get; init; }

    /// <summary>The name of the computer that ran it last; null where none has.</summary>
    public string? Computer { get; init; }

    /// <summary>Why it could not begin, or what went wrong with one of the devices that failed, for a person; null where nothing did.</summary>
    public string? Error { get; init; }
}

/// <summary>How a run stands.</summary>
public enum NapterPullRunState
{
    /// <summary>It waits for a service to find its devices.</summary>
    Queued,

    /// <summary>It has its devices, of which some are still to be done; or its process was ended.</summary>
    Running,

    /// <summary>No device is left to be done.</summary>
    Ended,
}
