namespace NapterFtp.Ftp.Listings;

/// <summary>What a dialect makes of one line, names still in bytes.</summary>
internal readonly record struct ListedItem(ListingEntryType Type, ReadOnlyMemory<byte> Name)
{
    public long? Length { get; init; }

    public ListedTime? Time { get; init; }

    public ReadOnlyMemory<byte> LinkTarget { get; init; }

    /// <summary>The listed folder itself or its parent (types cdir and pdir of RFC 3659).</summary>
    public bool IsSelfOrParent { get; init; }
}
