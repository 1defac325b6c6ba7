namespace NapterFtp.Ftp;

/// <summary>Paths on the device: absolute, <c>/</c> between the parts, no dots resolved by the device.</summary>
internal static class RemotePath
{
    public const string Root = "/";

    public static string Combine(string folder, string name) => folder.EndsWith('/') ? folder + name : $"{folder}/{name}";

    /// <summary>The last part; empty for the root.</summary>
    public static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>The folder an absolute path lies in; the root's is the root.</summary>
    public static string FolderOf(string path) => path.LastIndexOf('/') is var slash and > 0 ? path[..slash] : Root;

    /// <summary>Whether a path begins at the root, or with a drive of its own (<c>C:\log</c>, <c>md:/a.txt</c>).</summary>
    public static bool IsAbsolute(string path) => path.StartsWith('/') || PathModel.IsDrive(path.Split('/', '\\')[0]);

    /// <summary>Makes a path absolute and resolves <c>.</c>, <c>..</c> and doubled separators; <c>..</c> never goes above the root.</summary>
    /// <param name="path">What the user gave; backslashes are separators where there is no slash.</param>
    /// <param name="home">The folder that relative paths start from.</param>
    public static string Resolve(string path, string home)
    {
        if (path.Contains('\\', StringComparison.Ordinal) && !path.Contains('/', StringComparison.Ordinal))
        {
            path = path.Replace('\\', '/');
        }

        var parts = new List<string>();
        foreach (var part in (IsAbsolute(path) ? path : Combine(home, path)).Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..")
            {
                parts.RemoveRange(Math.Max(parts.Count - 1, 0), Math.Min(parts.Count, 1));
            }
            else if (part != ".")
            {
                parts.Add(part);
            }
        }

        return Root + string.Join('/', parts);
    }

    /// <summary>Whether <paramref name="path"/> is <paramref name="folder"/> or lies below it.</summary>
    public static bool IsAtOrBelow(string folder, string path) =>
        path == folder || path.StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal);

    /// <summary>The parts of <paramref name="path"/> below <paramref name="folder"/>; none where they are the same.</summary>
    public static IReadOnlyList<string> PartsBelow(string folder, string path)
    {
        var prefix = folder.TrimEnd('/') + "/";
        return path == folder ? [] : path.StartsWith(prefix, StringComparison.Ordinal) ? path[prefix.Length..].Split('/') : [NameOf(path)];
    }

    /// <summary>Whether a name from a listing can be a part of a path on the device: not so <c>.</c>, <c>..</c> and names with a
    /// slash, which would lead elsewhere, nor names that a command line cannot carry.</summary>
    public static bool IsName(string name) =>
        name is not ("" or "." or "..") && !name.AsSpan().ContainsAny("/\r\n\0");
}
