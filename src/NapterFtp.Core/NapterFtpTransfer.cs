namespace NapterFtp;

/// <summary>The outcome for one file of a copy or a synchronisation.</summary>
public sealed record NapterFtpTransfer
{
    /// <summary>The IMSI of the device, where it was chosen by IMSI.</summary>
    public string? Imsi { get; init; }

    /// <summary>The SIM ID of the device, where it was chosen by SIM ID.</summary>
    public string? SimId { get; init; }

    /// <summary>The path copied from: on the device for a pull, local for a push.</summary>
    public required string Source { get; init; }

    /// <summary>The path copied to.</summary>
    public required string Destination { get; init; }

    /// <summary>The whole file's bytes; null where unknown.</summary>
    public long? Length { get; init; }

    /// <summary>Bytes that crossed the network for it, repeated attempts included.</summary>
    public long Transferred { get; init; }

    /// <summary>From the beginning of the first attempt to the end of the last.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>What became of it.</summary>
    public required NapterFtpTransferStatus Status { get; init; }

    /// <summary>How often it was tried; 0 where it was not.</summary>
    public int Attempts { get; init; }

    /// <summary>SHA-256 of the whole file in upper-case hexadecimal, where asked for.</summary>
    public string? Hash { get; init; }

    /// <summary>Whether the source was deleted after the copy was verified.</summary>
    public bool SourceRemoved { get; init; }

    /// <summary>Why it failed, or why it was skipped.</summary>
    public string? Error { get; init; }
}
