namespace NapterFtp;

/// <summary>The outcome for one file of a copy or a synchronisation.</summary>
public sealed record NapterFtpTransfer
{
    /// <summary>The IMSI of the device, 15 digits; null where it was chosen by SIM ID.</summary>
    public string? Imsi { get; init; }

    /// <summary>The SIM ID of the device, 18 to 22 digits; null where it was chosen by IMSI.</summary>
    public string? SimId { get; init; }

    /// <summary>The path copied from: on the device for a pull, local for a push.</summary>
    public required string Source { get; init; }

    /// <summary>The path copied to: local for a pull, on the device for a push.</summary>
    public required string Destination { get; init; }

    /// <summary>The whole file's bytes; null where unknown.</summary>
    public long? Length { get; init; }

    /// <summary>Bytes that crossed the network for it, repeated attempts included.</summary>
    public long Transferred { get; init; }

    /// <summary>From the beginning of the first attempt to the end of the last.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>What became of it.</summary>
    public required NapterFtpTransferStatus Status { get; init; }

    /// <summary>Whether the copy in place is known to hold every byte of the source: the device told the same length. False where nothing
    /// was put in place, and where the device tells no length.</summary>
    public bool Verified { get; init; }

    /// <summary>How often it was tried; 0 where it was not.</summary>
    public int Attempts { get; init; }

    /// <summary>SHA-256 of the whole file in upper-case hexadecimal; null where it was not asked for, or nothing was copied.</summary>
    public string? Hash { get; init; }

    /// <summary>Whether the source was deleted after the copy was verified.</summary>
    public bool SourceRemoved { get; init; }

    /// <summary>The path on the device that the source was moved to once the copy was verified, or because it could not be copied; null
    /// where it was not moved.</summary>
    public string? SourceMovedTo { get; init; }

    /// <summary>Why it failed, or why it was skipped or postponed, for a person; null otherwise.</summary>
    public string? Error { get; init; }
}

/// <summary>What became of one file.</summary>
public enum NapterFtpTransferStatus
{
    /// <summary>In place: all of it was copied. Whether that could be verified, <see cref="NapterFtpTransfer.Verified"/> tells.</summary>
    Copied,

    /// <summary>In place: the missing rest of it was copied.</summary>
    Resumed,

    /// <summary>It was left alone: it is there already, or the user said no.</summary>
    Skipped,

    /// <summary>Not fetched this time; a later run may.</summary>
    Postponed,

    /// <summary>It grew, or was replaced by another, while it was copied, as often as it was tried. It is not in place, and its source is
    /// not touched.</summary>
    Changed,

    /// <summary>Deleted, because the source has it no more (<c>Sync-NapterFtpDirectory -Mode Mirror</c>).</summary>
    Deleted,

    /// <summary>Not copied; what was at the destination before is still there.</summary>
    Failed,
}

/// <summary>What a copy does where the destination has the file already.</summary>
public enum NapterFtpIfExists
{
    /// <summary>Replaces it.</summary>
    Overwrite,

    /// <summary>Leaves it alone.</summary>
    Skip,

    /// <summary>Replaces it where the source is newer.</summary>
    Newer,

    /// <summary>Completes it where it is the beginning of the source, leaves it where it is all of it, replaces it otherwise.</summary>
    Resume,

    /// <summary>Reports an error for the file.</summary>
    Error,

    /// <summary>Leaves it alone, and copies what was never copied whole in this version (path, size and time), also where the copy has been
    /// moved away since. Needs a history. Only for pulls.</summary>
    New,

    /// <summary>Fetches what has been added to the source since; where the source begins anew, such as a log after its rotation, the local
    /// file is kept under another name. A source that grows on meanwhile is no error. Only for pulls.</summary>
    Append,

    /// <summary>Keeps both: another version takes a name with a number, such as <c>log (1).csv</c>. Only for pulls.</summary>
    Rename,
}

/// <summary>How <c>Sync-NapterFtpDirectory</c> makes one directory match another.</summary>
public enum NapterFtpSyncMode
{
    /// <summary>Copies what is new or changed; deletes nothing.</summary>
    Update,

    /// <summary>Copies what is new or changed, then deletes what the source has not.</summary>
    Mirror,
}
