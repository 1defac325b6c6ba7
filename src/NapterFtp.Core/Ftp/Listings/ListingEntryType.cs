namespace NapterFtp.Ftp.Listings;

/// <summary>What a listed name is.</summary>
internal enum ListingEntryType
{
    /// <summary>A device node, pipe or socket; or not known, as with everything NLST lists.</summary>
    Other,
    File,
    Directory,
    Link,
}
