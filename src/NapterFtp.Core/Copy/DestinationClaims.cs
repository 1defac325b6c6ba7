using System.Collections.Concurrent;

namespace NapterFtp.Copy;

/// <summary>Which source each destination of one command is for. Several devices may copy into one folder; no file is written by two of
/// them, so that none deletes, or takes for its own, what another wrote.</summary>
internal sealed class DestinationClaims
{
    private readonly ConcurrentDictionary<string, string> _sources = new(StringComparer.Ordinal);

    /// <summary>Claims a destination for a source.</summary>
    /// <param name="key">The destination, as <see cref="LocalNameRules.KeyOf"/> gives it.</param>
    /// <param name="source">The source with its device, as in messages.</param>
    /// <returns>The source that has claimed it before; null where it is free, or this source's already.</returns>
    public string? Claim(string key, string source)
    {
        var first = _sources.GetOrAdd(key, source);
        return first == source ? null : first;
    }

    /// <summary>The destinations that lie in each other, or are the same, among those given: a mirror of one device would delete what is
    /// another's.</summary>
    /// <param name="folders">Local folders, each with its device as in messages.</param>
    /// <param name="files">The local file system.</param>
    /// <returns>For each device that shares its folder, an error.</returns>
    public static IReadOnlyDictionary<string, NapterFtpException> SharedMirrors(IReadOnlyCollection<(string Device, string Folder)> folders, LocalFileSystem files)
    {
        var errors = new Dictionary<string, NapterFtpException>();
        var keys = folders.Select(item => (item.Device, item.Folder, Key: KeyOf(item.Folder, files))).ToList();
        foreach (var (device, folder, key) in keys)
        {
            var other = keys.Find(item => item.Device != device
                && (item.Key.StartsWith(key, StringComparison.Ordinal) || key.StartsWith(item.Key, StringComparison.Ordinal)));
            if (other.Device is not null)
            {
                errors.TryAdd(device, Shared(device, folder, other.Device, other.Folder));
            }
        }

        return errors;
    }

    /// <summary>Two sources would be written to one destination.</summary>
    public static NapterFtpException Conflict(string destination, string source, string other) => new(
        "DestinationConflict",
        NapterFtpErrorKind.InUse,
        $"Both '{source}' and '{other}' would be '{destination}'.",
        "Copy them to different destinations: with -Recurse so that their folders are kept, or with {Imsi}, {SimId} or {Name} in -Destination where they come from different devices.",
        source);

    private static string KeyOf(string folder, LocalFileSystem files) =>
        files.NamesAt(folder).KeyOf(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + Path.DirectorySeparatorChar);

    private static NapterFtpException Shared(string device, string folder, string otherDevice, string otherFolder) => new(
        "MirrorDestinationShared",
        NapterFtpErrorKind.InvalidArgument,
        folder == otherFolder
            ? $"{device} and {otherDevice} would both be mirrored to '{folder}', each deleting what is the other's."
            : $"{device} would be mirrored to '{folder}', {otherDevice} to '{otherFolder}', one deleting what is the other's.",
        "Give each device a folder of its own, with {Imsi}, {SimId} or {Name} in -Destination.",
        folder);
}
