namespace NapterFtp.Copy;

/// <summary>A local file to be sent.</summary>
/// <param name="File">The file.</param>
/// <param name="Parts">Its place below the destination.</param>
internal sealed record LocalFile(FileInfo File, IReadOnlyList<string> Parts);

/// <summary>Finds local files to be sent, by the same rules as <see cref="ItemFinder"/> finds those on a device.</summary>
internal static class LocalFinder
{
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false };
    private static readonly EnumerationOptions Accessible = new() { AttributesToSkip = 0 };

    /// <summary>The files that a path means.</summary>
    /// <param name="path">A file, a folder, or a pattern of names in one.</param>
    /// <param name="isLiteral">Whether wildcards are characters like others.</param>
    /// <param name="recurse">Whether folders are entered.</param>
    /// <param name="contentsOnly">Whether a folder's own name is no part of its files' places.</param>
    /// <param name="filter">Which names are meant.</param>
    /// <param name="onError">Told of folders that cannot be looked into; the rest goes on.</param>
    /// <exception cref="NapterFtpException"><c>LocalItemNotFound</c>.</exception>
    public static IEnumerable<LocalFile> Find(
        string path, bool isLiteral, bool recurse, bool contentsOnly, ItemFilter filter, Action<NapterFtpException> onError)
    {
        var literal = isLiteral || !Wildcard.IsPattern(path);
        var full = Path.GetFullPath(literal && !isLiteral ? Wildcard.Unescape(path) : path);
        if (!literal)
        {
            var (folder, pattern) = (Path.GetDirectoryName(full) ?? full, new Wildcard(Path.GetFileName(full)));
            return folder.AsSpan().ContainsAny('*', '?')
                ? throw Errors.Local(path, new NotSupportedException("Wildcards are only taken in the last part of a local path."))
                : Matches(full, Walk(new DirectoryInfo(folder), [], pattern, recurse, filter, onError));
        }

        if (File.Exists(full))
        {
            return [new LocalFile(new FileInfo(full), [Path.GetFileName(full)])];
        }

        if (!Directory.Exists(full))
        {
            throw Errors.Local(full, new FileNotFoundException("There is no such file or folder."));
        }

        var inside = contentsOnly || Path.EndsInDirectorySeparator(path);
        return Walk(new DirectoryInfo(full), inside ? [] : [new DirectoryInfo(full).Name], null, recurse, filter, onError);
    }

    /// <summary>All folders below one, the deepest last; in one that cannot be looked into there are none.</summary>
    public static IEnumerable<DirectoryInfo> Folders(DirectoryInfo folder)
    {
        foreach (var inner in folder.EnumerateDirectories("*", Accessible).Where(inner => inner.LinkTarget is null))
        {
            yield return inner;
            foreach (var deeper in Folders(inner))
            {
                yield return deeper;
            }
        }
    }

    private static List<LocalFile> Matches(string path, IEnumerable<LocalFile> found)
    {
        var files = found.ToList();
        return files.Count == 0 && File.Exists(path) ? throw Wildcard.Taken(path) : files;
    }

    private static IEnumerable<LocalFile> Walk(
        DirectoryInfo folder, string[] parts, Wildcard? pattern, bool recurse, ItemFilter filter, Action<NapterFtpException> onError)
    {
        List<FileSystemInfo> items;
        try
        {
            items = [.. folder.EnumerateFileSystemInfos("*", Everything).OrderBy(item => item.Name, StringComparer.Ordinal)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            onError(Errors.Local(folder.FullName, exception));
            yield break;
        }

        foreach (var file in items.OfType<FileInfo>())
        {
            if (!PartialName.Is(file.Name) && pattern?.IsMatch(file.Name) != false && filter.MatchesName(file.Name))
            {
                yield return new LocalFile(file, [.. parts, file.Name]);
            }
        }

        // A link to a folder may lead back.
        foreach (var inner in items.OfType<DirectoryInfo>().Where(inner => recurse && inner.LinkTarget is null && !filter.IsExcluded(inner.Name)))
        {
            foreach (var file in Walk(inner, [.. parts, inner.Name], pattern, recurse, filter, onError))
            {
                yield return file;
            }
        }
    }
}
