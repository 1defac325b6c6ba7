namespace NapterFtp.Simulator.Device;

/// <summary>The folder a device shows: paths on the wire to paths on disk, never outside the root.</summary>
internal sealed class DeviceFolder
{
    private readonly string _root;
    private readonly NameMapping _names;

    public DeviceFolder(string root, NameMapping names)
    {
        var folder = new DirectoryInfo(Path.TrimEndingDirectorySeparator(Path.GetFullPath(root)));
        if (!folder.Exists)
        {
            throw new DirectoryNotFoundException($"The device's root folder '{root}' does not exist.");
        }

        _root = folder.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? folder.FullName;
        _names = names;
    }

    /// <summary>The absolute path on the wire that an argument means: <c>/</c>, or <c>/a/b</c> without <c>.</c>, <c>..</c> and empty parts.</summary>
    public static string Combine(string current, string argument)
    {
        var parts = new List<string>();
        foreach (var part in (argument.StartsWith('/') ? argument : $"{current}/{argument}").Split('/'))
        {
            if (part == "..")
            {
                parts.RemoveRange(Math.Max(0, parts.Count - 1), Math.Min(1, parts.Count));
            }
            else if (part is not ("" or "."))
            {
                parts.Add(part);
            }
        }

        return "/" + string.Join('/', parts);
    }

    /// <summary>The path on disk.</summary>
    /// <exception cref="DeviceReplyException">550 where a symbolic link leads out of the root.</exception>
    public string ToDisk(string wirePath)
    {
        var path = _root;
        foreach (var part in wirePath.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            path = Path.Combine(path, _names.ToFileName(part));
            if (new FileInfo(path) is { LinkTarget: not null } link
                && link.ResolveLinkTarget(returnFinalTarget: true)?.FullName.StartsWith(_root + Path.DirectorySeparatorChar, StringComparison.Ordinal) != true)
            {
                throw new DeviceReplyException(550, "Permission denied.");
            }
        }

        return path;
    }

    /// <summary>What is there, or null.</summary>
    public FileSystemInfo? Find(string wirePath)
    {
        var path = ToDisk(wirePath);
        return Directory.Exists(path) ? new DirectoryInfo(path) : File.Exists(path) ? new FileInfo(path) : null;
    }

    /// <summary>An existing file.</summary>
    /// <exception cref="DeviceReplyException">550.</exception>
    public FileInfo GetFile(string wirePath) => Find(wirePath) switch
    {
        FileInfo file => file,
        DirectoryInfo => throw new DeviceReplyException(550, $"{wirePath}: not a plain file."),
        _ => throw NotFound(wirePath),
    };

    /// <summary>An existing folder.</summary>
    /// <exception cref="DeviceReplyException">550.</exception>
    public DirectoryInfo GetDirectory(string wirePath) => Find(wirePath) switch
    {
        DirectoryInfo folder => folder,
        FileInfo => throw new DeviceReplyException(550, $"{wirePath}: Not a directory."),
        _ => throw NotFound(wirePath),
    };

    /// <summary>An existing file or folder.</summary>
    /// <exception cref="DeviceReplyException">550.</exception>
    public FileSystemInfo Get(string wirePath) => Find(wirePath) ?? throw NotFound(wirePath);

    /// <summary>What a folder holds, by name.</summary>
    public static IEnumerable<FileSystemInfo> GetContent(DirectoryInfo folder)
    {
        foreach (var item in folder.EnumerateFileSystemInfos().OrderBy(item => item.Name, StringComparer.Ordinal))
        {
            // Looked at once and now: what another session has removed meanwhile is left out, and nothing is asked again later.
            item.Refresh();
            if (item.Exists)
            {
                yield return item;
            }
        }
    }

    /// <summary>The name on the wire.</summary>
    public string WireNameOf(FileSystemInfo item) => _names.ToWire(item.Name);

    private static DeviceReplyException NotFound(string wirePath) => new(550, $"{wirePath}: No such file or directory.");
}
