namespace NapterFtp.Client.Copying;

/// <summary>What is to become of one file.</summary>
internal sealed record PlannedTransfer
{
    public required bool ToDevice { get; init; }

    /// <summary>The absolute path on the device.</summary>
    public required string RemotePath { get; init; }

    public required string LocalPath { get; init; }

    /// <summary>The source's bytes; null where the device does not tell.</summary>
    public long? Length { get; init; }

    /// <summary>When the source was last changed.</summary>
    public DateTimeOffset? Modified { get; init; }

    /// <summary>The unit <see cref="Modified"/> was given in.</summary>
    public TimeSpan Precision { get; init; }

    public NapterFtpTimeSource TimeSource { get; init; }

    /// <summary>Why the file is left alone; null where it is copied.</summary>
    public string? SkipReason { get; init; }

    /// <summary>Why the file cannot be copied; null where it can.</summary>
    public NapterFtpException? Fault { get; init; }

    /// <summary>Partial files that an earlier, killed run left for another version of the file; deleted once this one is in place.</summary>
    public IReadOnlyList<string> Leftovers { get; init; } = [];

    /// <summary>The destination may be the beginning of the source.</summary>
    public bool Completes { get; init; }

    public string Source => ToDevice ? LocalPath : LocalNames.Printable(RemotePath);

    public string Destination => ToDevice ? LocalNames.Printable(RemotePath) : LocalPath;

    public bool IsCopy => SkipReason is null && Fault is null;
}
