using System.Security.Cryptography;

namespace NapterFtp.Pulls;

/// <summary>A file that was about to take its name when its process ended: had it taken it?</summary>
/// <param name="Partial">Its temporary name.</param>
/// <param name="Destination">The name it was to take.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Hash">Its SHA-256 in upper-case hexadecimal, where computed.</param>
/// <param name="Intended">When it was to take it.</param>
internal sealed record UnsettledFile(string Partial, string Destination, long? Length, string? Hash, DateTimeOffset Intended)
{
    // A file system may tell times by two seconds.
    private static readonly TimeSpan TimeUnit = TimeSpan.FromSeconds(2);

    /// <summary>What lies there now decides. Renaming is one step, so while the file has its temporary name it has not had its own; and nothing
    /// but renaming, or a withdrawal, takes the temporary name away.</summary>
    /// <returns>Whether the file had taken its name, whatever has become of it since.</returns>
    public static bool HadItsName(UnsettledFile file, PlacesNow now)
    {
        if (now.PartialIsThere)
        {
            // A later copy may be growing under the same temporary name, while this one is in place: only its content can tell.
            return file.Hash is not null && now.Destination is { } there && there.Length == file.Length && there.HasHash(file.Hash);
        }

        return now.Destination switch
        {
            // It was there, and has been moved away.
            null => true,
            { } same when same.Length == file.Length && (file.Hash is null || same.HasHash(file.Hash)) => true,

            // Another version. What came or was changed later took its place; what is older was never replaced.
            { } other => other.Appeared > file.Intended - TimeUnit || other.Changed > file.Intended - TimeUnit,
        };
    }

    /// <summary>Looks, and decides.</summary>
    /// <exception cref="IOException">What is there cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">What is there cannot be read.</exception>
    public bool HadItsName() => HadItsName(this, PlacesNow.Look(this));
}

/// <summary>What lies under both names.</summary>
/// <param name="PartialIsThere">Whether something has the temporary name.</param>
/// <param name="Destination">What has the name itself, or null.</param>
internal sealed record PlacesNow(bool PartialIsThere, PlacedFile? Destination)
{
    public static PlacesNow Look(UnsettledFile file)
    {
        var destination = new FileInfo(file.Destination);
        return new PlacesNow(
            File.Exists(file.Partial),
            destination.Exists
                ? new PlacedFile(destination.Length, destination.CreationTimeUtc, destination.LastWriteTimeUtc, hash => HashOf(file.Destination) == hash)
                : null);
    }

    private static string HashOf(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(stream));
    }
}

/// <summary>A file in place.</summary>
/// <param name="Length">Its bytes.</param>
/// <param name="Appeared">When this file was made, under whichever name.</param>
/// <param name="Changed">When its content was last changed.</param>
/// <param name="HasHash">Whether it has this SHA-256.</param>
internal sealed record PlacedFile(long Length, DateTimeOffset Appeared, DateTimeOffset Changed, Func<string, bool> HasHash);
