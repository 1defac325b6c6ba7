namespace NapterFtp;

/// <summary>What the history of pulls remembers of one version of one file on a device.</summary>
public sealed record NapterPullHistory
{
    /// <summary>The record's number within its store, from 1 up; another store has the same numbers.</summary>
    public required long Id { get; init; }

    /// <summary>The IMSI of the device, 6 to 15 digits; null where it is known by its SIM ID alone.</summary>
    public string? Imsi { get; init; }

    /// <summary>The SIM ID of the device, 18 to 22 digits; null where it is known by its IMSI alone.</summary>
    public string? SimId { get; init; }

    /// <summary>The SIM's session.</summary>
    public SimService Service { get; init; }

    /// <summary>The address of the device behind its router; null where none is in front of it.</summary>
    public string? Address { get; init; }

    /// <summary>The FTP server's control port, 1 to 65535.</summary>
    public int DevicePort { get; init; }

    /// <summary>The file's absolute path on the device.</summary>
    public required string Path { get; init; }

    /// <summary>Bytes as the device tells (MLSD, LIST or SIZE); null where it does not.</summary>
    public long? Length { get; init; }

    /// <summary>When the file was last changed, in UTC by the device's clock, as MLSD, MDTM or LIST tell; null where the device does not.</summary>
    public DateTimeOffset? LastWriteTime { get; init; }

    /// <summary>What became of it.</summary>
    public NapterPullOutcome Outcome { get; init; }

    /// <summary>SHA-256 in upper-case hexadecimal; null where it was not asked for.</summary>
    public string? Hash { get; init; }

    /// <summary>The schedule it was pulled by; null for a copy by hand.</summary>
    public string? Pull { get; init; }

    /// <summary>The run's number; null for a copy by hand.</summary>
    public long? RunId { get; init; }

    /// <summary>The name of the computer that wrote this, which has the file if it came.</summary>
    public string? Computer { get; init; }

    /// <summary>Where the file is on that computer, or was to be; null for what was noted only. It may have been moved since.</summary>
    public string? Destination { get; init; }

    /// <summary>How often it was tried; 0 for what was noted only.</summary>
    public int Attempts { get; init; }

    /// <summary>Bytes that crossed the network for it, repeated attempts included.</summary>
    public long Transferred { get; init; }

    /// <summary>From the beginning of the first attempt to the end of the last.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>When it was begun, in UTC by the copying computer's clock; for what was noted only, when that was.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>When its outcome was known, in UTC by the copying computer's clock; null where it is not.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>Why it did not come, for a person; null where it did.</summary>
    public string? Error { get; init; }
}

/// <summary>What became of one version of one file.</summary>
public enum NapterPullOutcome
{
    /// <summary>It has come whole and is about to take its name; or its process ended at that moment, and the next pull from the device finds
    /// out.</summary>
    Intended,

    /// <summary>It took its name: copied whole. It is not copied again.</summary>
    Copied,

    /// <summary>It was there before the first run and is not to be copied.</summary>
    Noted,

    /// <summary>It did not come.</summary>
    Failed,

    /// <summary>It grew, or was replaced, while it was copied.</summary>
    Changed,

    /// <summary>It was left for a later run.</summary>
    Postponed,
}
