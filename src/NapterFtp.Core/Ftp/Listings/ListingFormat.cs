namespace NapterFtp.Ftp.Listings;

/// <summary>The command that made a listing.</summary>
internal enum ListingFormat
{
    /// <summary>MLSD (RFC 3659 §7): facts made for programs.</summary>
    Mlsd,

    /// <summary>LIST (RFC 959): text made for people, in the dialect of the server.</summary>
    List,

    /// <summary>NLST (RFC 959): names only.</summary>
    Nlst,
}
