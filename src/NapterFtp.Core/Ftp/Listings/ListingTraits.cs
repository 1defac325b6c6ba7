namespace NapterFtp.Ftp.Listings;

/// <summary>How a device's listings are to be asked for and read, as far as is known.</summary>
internal sealed record ListingTraits
{
    /// <summary>Whether a folder is listed by its path in the command, not by entering it first; null while either may do.</summary>
    public bool? ByArgument { get; init; }

    /// <summary>The order of dates in numbers; null for the usual one.</summary>
    public DateOrder? Dates { get; init; }

    /// <summary>The blanks before each name that are not part of it; null while that is not known.</summary>
    public int? Padding { get; init; }

    /// <summary>Whether the lengths in LIST are bytes; null while that is not known.</summary>
    public bool? ExactLengths { get; init; }

    /// <summary>Whether <c>LIST -a</c> lists all names, the folder's own among them; null while that is not known.</summary>
    public bool? ShowsAll { get; init; }
}
