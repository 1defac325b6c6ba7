namespace NapterFtp.Client.Copying;

/// <summary>How far a device's copy has come.</summary>
internal sealed record CopyProgress
{
    public required string Device { get; init; }

    /// <summary>The file that moved last.</summary>
    public required string File { get; init; }

    public long FileBytes { get; init; }

    public long? FileLength { get; init; }

    public int FilesDone { get; init; }

    public int FilesTotal { get; init; }

    /// <summary>Bytes of all files so far.</summary>
    public long Bytes { get; init; }

    /// <summary>Bytes of all files, as far as they are known.</summary>
    public long TotalBytes { get; init; }

    /// <summary>Bytes a second over the last seconds.</summary>
    public double Rate { get; init; }

    /// <summary>At this rate; null while it cannot be told.</summary>
    public TimeSpan? TimeLeft { get; init; }
}
