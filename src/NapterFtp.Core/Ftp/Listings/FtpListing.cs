namespace NapterFtp.Ftp.Listings;

/// <summary>What a listing said.</summary>
/// <param name="Entries">Its names in the server's order, without the folder itself and its parent.</param>
/// <param name="NotUnderstood">Lines in no known dialect, without their line ends.</param>
internal sealed record FtpListing(IReadOnlyList<ListingEntry> Entries, IReadOnlyList<ReadOnlyMemory<byte>> NotUnderstood);
