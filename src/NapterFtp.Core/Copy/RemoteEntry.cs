namespace NapterFtp.Copy;

/// <summary>One name of a folder on the device, and where it is.</summary>
internal sealed record RemoteEntry
{
    /// <summary>The absolute path; encodes to the device's own bytes.</summary>
    public required string FullName { get; init; }

    public string Name => RemotePath.NameOf(FullName);

    public required NapterFtpItemType Type { get; init; }

    public long? Length { get; init; }

    public DateTimeOffset? Modified { get; init; }

    /// <summary>The unit <see cref="Modified"/> was given in; zero where there is none.</summary>
    public TimeSpan Precision { get; init; }

    public NapterFtpTimeSource TimeSource { get; init; }

    public string? LinkTarget { get; init; }

    public NapterFtpItem ToItem(DeviceClient client) => new()
    {
        Name = Name,
        FullName = FullName,
        Type = Type,
        Length = Length,
        LastWriteTime = Modified,
        TimeSource = TimeSource,
        LinkTarget = LinkTarget,
        Imsi = client.Device.Imsi,
        SimId = client.Device.SimId,
        Service = client.Device.Service,
        DevicePort = client.DevicePort,
    };
}

/// <summary>Paths on the device: absolute, <c>/</c> between the parts, no dots resolved by the device.</summary>
internal static class RemotePath
{
    public const string Root = "/";

    public static string Combine(string folder, string name) => folder.EndsWith('/') ? folder + name : $"{folder}/{name}";

    /// <summary>The last part; empty for the root.</summary>
    public static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>The folder an absolute path lies in; the root's is the root.</summary>
    public static string FolderOf(string path) => path.LastIndexOf('/') is var slash and > 0 ? path[..slash] : Root;

    public static bool IsAbsolute(string path) => path.StartsWith('/');

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

/// <summary>An item found.</summary>
/// <param name="Entry">The item.</param>
/// <param name="Base">The folder that its place at a destination is counted from.</param>
internal sealed record FoundItem(RemoteEntry Entry, string Base);
