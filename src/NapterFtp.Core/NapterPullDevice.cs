namespace NapterFtp;

/// <summary>One device of one run of a schedule.</summary>
public sealed record NapterPullDevice
{
    /// <summary>The run's number within its store; see <see cref="NapterPullRun.Id"/>.</summary>
    public required long RunId { get; init; }

    /// <summary>The schedule's name.</summary>
    public required string Pull { get; init; }

    /// <summary>The IMSI of the device, 6 to 15 digits; null where only its SIM ID is known.</summary>
    public string? Imsi { get; init; }

    /// <summary>The SIM ID of the device, 18 to 22 digits; null where only its IMSI is known.</summary>
    public string? SimId { get; init; }

    /// <summary>The SIM's name at SORACOM when the run began (tag <c>name</c>); null where it has none, or was not asked for.</summary>
    public string? Name { get; init; }

    /// <summary>The FTP server's control port, 1 to 65535.</summary>
    public int DevicePort { get; init; }

    /// <summary>How it stands.</summary>
    public NapterPullDeviceState State { get; init; }

    /// <summary>How often it was tried in this run; 0 where it is still to come.</summary>
    public int Attempts { get; init; }

    /// <summary>When it is tried again, in UTC; null where it is not.</summary>
    public DateTimeOffset? NextTry { get; init; }

    /// <summary>Files that were copied whole in this run.</summary>
    public long Files { get; init; }

    /// <summary>Bytes that crossed the network in this run, repeated attempts included.</summary>
    public long Bytes { get; init; }

    /// <summary>When it was begun last, in UTC by the clock of the computer that worked on it; null where it was not.</summary>
    public DateTimeOffset? Started { get; init; }

    /// <summary>When that ended, in UTC by the clock of the computer that worked on it; null where it has not.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>The name of the computer that worked on it last; null where none has.</summary>
    public string? Computer { get; init; }

    /// <summary>What went wrong last, for a person; null where nothing did.</summary>
    public string? Error { get; init; }
}

/// <summary>How a device of a run stands.</summary>
public enum NapterPullDeviceState
{
    /// <summary>It is still to come, for the first time or again.</summary>
    Waiting,

    /// <summary>It is under way.</summary>
    Running,

    /// <summary>It is done.</summary>
    Done,

    /// <summary>It failed, wholly or in part, and is not tried again in this run.</summary>
    Failed,

    /// <summary>It failed as often as a service tries.</summary>
    GivenUp,

    /// <summary>It was not done: its process was ended, a later run of the schedule took its place, or the schedule is gone.</summary>
    Lost,
}
