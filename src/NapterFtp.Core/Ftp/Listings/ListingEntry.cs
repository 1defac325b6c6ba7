namespace NapterFtp.Ftp.Listings;

/// <summary>One name of a listing.</summary>
internal sealed record ListingEntry
{
    /// <summary>The name without any path before it.</summary>
    public required string Name { get; init; }

    /// <summary>The name as the server sent it; what to name it by in a command.</summary>
    public required ReadOnlyMemory<byte> NameBytes { get; init; }

    /// <summary>Whether <see cref="Name"/> encodes back to <see cref="NameBytes"/>; false where the name is not in the encoding asked
    /// for and was read as Latin-1 to have something to show.</summary>
    public required bool NameIsExact { get; init; }

    public required ListingEntryType Type { get; init; }

    /// <summary>Bytes in a file, where the server says; null for folders and links.</summary>
    public long? Length { get; init; }

    /// <summary>When it was last written, where the server says. Where <see cref="TimeIsUtc"/> is false this is the reading of the
    /// server's clock with offset zero: which time zone it is in cannot be told.</summary>
    public DateTimeOffset? LastWriteTime { get; init; }

    /// <summary>Whether <see cref="LastWriteTime"/> is a moment in time, not the reading of a clock in an unknown zone.</summary>
    public bool TimeIsUtc { get; init; }

    /// <summary>The unit the time was given in: a second or less, a minute, a day; zero where there is no time.</summary>
    public TimeSpan TimePrecision { get; init; }

    /// <summary>Where a link points, where the server says.</summary>
    public string? LinkTarget { get; init; }

    /// <summary>The line as sent, without its line end.</summary>
    public required ReadOnlyMemory<byte> Raw { get; init; }
}
