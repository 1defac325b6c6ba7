namespace NapterFtp.Copy;

/// <summary>Which of the files found on a device are taken now, and in which order. What is not taken is postponed: a later run has it.</summary>
internal sealed record SourceRules
{
    /// <summary>Takes all, as found.</summary>
    public static SourceRules All { get; } = new();

    /// <summary>How long a file's size and time must stay the same between two looks; zero for one look.</summary>
    public TimeSpan StableFor { get; init; }

    /// <summary>How long ago a file must have been changed last, by the device's time and this computer's clock.</summary>
    public TimeSpan MinimumAge { get; init; }

    /// <summary>The name of the file beside each that says it is finished (<see cref="NameTemplate.DoneName"/>); null for none.</summary>
    public string? DoneFile { get; init; }

    /// <summary>Whether a file is given another name while it is fetched, so that neither its writer nor another puller touches it.</summary>
    public bool LocksByRename { get; init; }

    /// <summary>The order; null for the order found, or the oldest first where a limit may leave some for the next run.</summary>
    public NapterFtpOrder? Order { get; init; }

    /// <summary>How many files at most.</summary>
    public int? MaxFiles { get; init; }

    /// <summary>How many bytes at most. No file is begun that would go beyond it.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>When no further file is begun.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Whether what is there at the first run of all is only noted, never copied. Needs a history.</summary>
    public bool SinceFirstRun { get; init; }

    public bool HasLimit => MaxFiles is not null || MaxBytes is not null || Until is not null;
}

/// <summary>The order in which files are copied.</summary>
public enum NapterFtpOrder
{
    /// <summary>The one changed longest ago first; those whose time is unknown last.</summary>
    Oldest,

    /// <summary>The one changed last first; those whose time is unknown last.</summary>
    Newest,

    /// <summary>By path, by the values of the characters.</summary>
    Name,

    /// <summary>The smallest first; those whose size is unknown last.</summary>
    Smallest,
}
