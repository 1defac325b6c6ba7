namespace NapterFtp;

/// <summary>One member of the service that runs the schedules of a store: a process on some computer.</summary>
public sealed record NapterPullService
{
    /// <summary>The name it was started with, by default its computer's; members in other processes may have the same.</summary>
    public required string Name { get; init; }

    /// <summary>The name of the computer that it runs on.</summary>
    public required string Computer { get; init; }

    /// <summary>The process's ID there; another process may have it by now.</summary>
    public int ProcessId { get; init; }

    /// <summary>What it does.</summary>
    public NapterPullServiceState State { get; init; }

    /// <summary>How many devices it pulls from now; 0 to <see cref="ThrottleLimit"/>.</summary>
    public int Devices { get; init; }

    /// <summary>How many devices it pulls from at a time at most.</summary>
    public int ThrottleLimit { get; init; }

    /// <summary>The names of the schedules that it works for now; empty for none.</summary>
    public IReadOnlyList<string> Pull { get; init; } = [];

    /// <summary>When it was started, in UTC by its own computer's clock.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>When it last gave a sign of life, in UTC by its own computer's clock.
    /// Where that differs from the clock of whoever asks, it may seem silent.</summary>
    public DateTimeOffset LastSeen { get; init; }

    /// <summary>How many devices wait in the whole store, those that are tried again later included; the same for all members.</summary>
    public int Waiting { get; init; }

    /// <summary>How many runs of the store have no devices yet; the same for all members.</summary>
    public int Queued { get; init; }

    /// <summary>What the store is called: its file, or host and database. Holds no password.</summary>
    public required string Store { get; init; }
}

/// <summary>What a member of a service does.</summary>
public enum NapterPullServiceState
{
    /// <summary>It works.</summary>
    Running,

    /// <summary>It begins nothing more, and ends once what it has begun is done.</summary>
    Draining,

    /// <summary>It has ended without saying so, or cannot reach the store. Others take over its work.</summary>
    Silent,
}
