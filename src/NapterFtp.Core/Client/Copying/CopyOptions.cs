namespace NapterFtp.Client.Copying;

/// <summary>What to copy between one device and this computer, and how.</summary>
internal sealed record CopyOptions
{
    /// <summary>The sources: on the device for a pull, local for a push.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Whether <see cref="Paths"/> are taken as they are, without wildcards.</summary>
    public bool IsLiteral { get; init; }

    /// <summary>Where to: local for a pull, on the device for a push.</summary>
    public required string Destination { get; init; }

    public bool ToDevice { get; init; }

    public bool Recurse { get; init; }

    public ItemFilter Filter { get; init; } = ItemFilter.All;

    public NapterFtpIfExists IfExists { get; init; } = NapterFtpIfExists.Overwrite;

    /// <summary>Makes the destination folder match the one source folder; null for a plain copy.</summary>
    public NapterFtpSyncMode? Sync { get; init; }

    /// <summary>Deletes each source once its copy is verified and in place.</summary>
    public bool RemoveSource { get; init; }

    /// <summary>Computes each file's SHA-256.</summary>
    public bool Hash { get; init; }

    public RetryPolicy Retry { get; init; } = new(3, TimeSpan.FromSeconds(5));

    /// <summary>FTP sessions with the device at a time.</summary>
    public int SessionLimit { get; init; } = 1;

    /// <summary>Whether what is left of a file that could not be copied is kept for a later run.</summary>
    public bool KeepsPartial => IfExists == NapterFtpIfExists.Resume && Sync is null;
}
