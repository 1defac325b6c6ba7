using System.IO.Enumeration;

namespace NapterFtp.Simulator.Device;

/// <summary>Makes the text of a listing.</summary>
internal sealed class DeviceListings(DeviceFolder folder, DeviceProfile profile, TimeProvider time)
{
    /// <summary>A time on disk as the device's clock has it.</summary>
    public DateTime ToDeviceTime(DateTime utc) => utc + profile.ClockOffset;

    /// <summary>What a listing says of a file or folder.</summary>
    public ListedItem Describe(FileSystemInfo item, string? name = null, string? type = null) => new(
        name ?? folder.WireNameOf(item),
        type ?? (item is DirectoryInfo ? "dir" : "file"),
        item is FileInfo file ? file.Length : 0,
        ToDeviceTime(item.LastWriteTimeUtc));

    /// <summary>LIST: of the current folder, or what the argument names, options such as <c>-a</c> before it.</summary>
    public string List(string current, string argument)
    {
        var now = ToDeviceTime(time.GetUtcNow().UtcDateTime) + profile.ListTimeZone;
        return string.Concat(Select(current, argument, prefixFolder: false).Select(item =>
            ListingFormat.List(profile.Listing, item with { Modified = item.Modified + profile.ListTimeZone }, now)));
    }

    /// <summary>NLST: the names alone, with the folder that the argument names before them.</summary>
    public string Names(string current, string argument) =>
        string.Concat(Select(current, argument, prefixFolder: true).Select(item => item.Name + "\r\n"));

    /// <summary>MLSD.</summary>
    public string Facts(string path, IReadOnlyCollection<string> facts)
    {
        var directory = folder.GetDirectory(path);
        var parent = folder.GetDirectory(DeviceFolder.Combine(path, ".."));
        ListedItem[] items =
        [
            Describe(directory, ".", "cdir"),
            Describe(parent, "..", "pdir"),
            .. DeviceFolder.GetContent(directory).Select(item => Describe(item)),
        ];
        return string.Concat(items.Select(item => ListingFormat.Mlst(item, item.Name, facts, !profile.ReadOnly) + "\r\n"));
    }

    private IEnumerable<ListedItem> Select(string current, string argument, bool prefixFolder)
    {
        var (showsHidden, path) = ParseArgument(argument);
        var slash = path.LastIndexOf('/');
        var name = path[(slash + 1)..];
        var pattern = name.AsSpan().ContainsAny('*', '?') ? name : null;
        var place = DeviceFolder.Combine(current, pattern is null ? path : path[..(slash + 1)]);
        var found = folder.Get(place);
        if (found is not DirectoryInfo directory)
        {
            return [Describe(found, path)];
        }

        var prefix = pattern is not null ? path[..(slash + 1)] : prefixFolder && path.Length > 0 ? path.TrimEnd('/') + "/" : "";
        return DeviceFolder.GetContent(directory)
            .Select(item => Describe(item))
            .Where(item => showsHidden || !item.Name.StartsWith('.'))
            .Where(item => pattern is null || FileSystemName.MatchesSimpleExpression(pattern, item.Name, ignoreCase: false))
            .Select(item => item with { Name = prefix + item.Name });
    }

    private static (bool ShowsHidden, string Path) ParseArgument(string argument)
    {
        var showsHidden = false;
        while (argument.StartsWith('-'))
        {
            var options = argument.Split(' ', 2);
            showsHidden |= options[0].Contains('a', StringComparison.OrdinalIgnoreCase);
            argument = options.Length > 1 ? options[1] : "";
        }

        return (showsHidden, argument);
    }
}
