using System.Globalization;

namespace NapterFtp.Ftp;

/// <summary>How a device's FTP server takes paths, as far as is known: found out once, kept with its traits, asked no more. Most take
/// <c>/folder/file</c> everywhere. Robots and controllers may begin somewhere that is no path (<c>md:</c>, <c>A:\</c>), take files by
/// their bare name only, in the folder that was entered, or enter folders only by a name that ends with the separator.</summary>
internal sealed record PathModel
{
    /// <summary>What most servers are, until one shows otherwise.</summary>
    public static PathModel Usual { get; } = new();

    /// <summary>The folder after the login, as PWD gives it; null until asked, and where it does not tell.</summary>
    public string? Home { get; init; }

    /// <summary>The user whose folder <see cref="Home"/> is; null until PWD was asked.</summary>
    public string? HomeUser { get; init; }

    /// <summary>Whether commands about files take a path with folders; null until one was taken or refused.</summary>
    public bool? TakesPaths { get; init; }

    /// <summary>Whether they take a path with a slash and a name.</summary>
    public bool TakesRootPaths { get; init; }

    /// <summary>Whether CWD wants a separator at the end.</summary>
    public bool EndsFolders { get; init; }

    /// <summary>Whether drives are entered by their names alone, not below the root.</summary>
    public bool EntersDrives { get; init; }

    /// <summary>Whether paths begin with a slash, as far as is known.</summary>
    public bool IsRooted => string.IsNullOrEmpty(Home) || Home.StartsWith('/');

    /// <summary>Whether files are named by their bare names, after their folder was entered.</summary>
    public bool NamesOnly => TakesPaths == false || !IsRooted;

    /// <summary>Whether CWD takes any folder's path in one step.</summary>
    public bool EntersAtOnce => IsRooted && !EndsFolders && !EntersDrives;

    /// <summary>The folder that relative paths start from, as a path of ours. A home that is no path is the root itself.</summary>
    public string Start => string.IsNullOrEmpty(Home) || (!IsRooted && Home[0] != '\\') ? RemotePath.Root : RemotePath.Resolve(Home, RemotePath.Root);

    private char Separator => Home?.Contains('\\', StringComparison.Ordinal) == true ? '\\' : '/';

    private string Top => IsRooted ? RemotePath.Root : Home![0] == '\\' ? "\\" : Home;

    /// <summary>The arguments of CWD, one after the other, that lead to a folder.</summary>
    /// <param name="folder">The folder as a path of ours.</param>
    /// <param name="from">The folder that the session is in; null where that is not known.</param>
    public IReadOnlyList<string> Steps(string folder, string? from)
    {
        var isDrive = IsDrive(FirstPart(folder));
        if (IsRooted && !(isDrive && EntersDrives))
        {
            return [EndsFolders && folder != RemotePath.Root ? folder + "/" : folder];
        }

        if (from is not null && from != folder && RemotePath.IsAtOrBelow(from, folder))
        {
            return [.. RemotePath.PartsBelow(from, folder).Select(End)];
        }

        var parts = RemotePath.PartsBelow(RemotePath.Root, folder);
        return isDrive ? [Drive(parts[0]), .. parts.Skip(1).Select(End)] : [Top, .. parts.Select(End)];
    }

    /// <summary>A path in the device's own words.</summary>
    public string Native(string path)
    {
        if (IsRooted)
        {
            return path;
        }

        var parts = RemotePath.PartsBelow(RemotePath.Root, path);
        var (top, rest) = IsDrive(parts[0]) ? (Drive(parts[0]), parts.Skip(1)) : (Top, parts);
        return (top[^1] == Separator || top[^1] == ':' ? top : top + Separator) + string.Join(Separator, rest);
    }

    /// <summary>Whether a part of a path names a drive of its own: <c>C:</c>, <c>md:</c>, <c>ux0:</c>.</summary>
    public static bool IsDrive(string part) => part.Length is >= 2 and <= 8 && part[^1] == ':' && part[..^1].All(char.IsAsciiLetterOrDigit);

    private static string FirstPart(string path) => path.TrimStart('/').Split('/', 2)[0];

    private string End(string part) => EndsFolders ? part + Separator : part;

    // A drive's name alone may mean the folder that was current on it last.
    private string Drive(string name) => Home is not null && Home.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && colon + 1 < Home.Length ? name + Separator : name;
}

/// <summary>The path that a command is about.</summary>
/// <param name="Prefix">What stands before the path: the time of MFMT.</param>
/// <param name="Path">The absolute path, not the root.</param>
internal readonly record struct PathArgument(string Prefix, string Path)
{
    private const int TimeLength = 14;

    private static readonly string[] Verbs = ["RETR", "STOR", "APPE", "SIZE", "MDTM", "DELE", "RNFR", "RNTO", "MKD", "RMD", "MLST", "MFMT"];

    /// <summary>How many names deep the path is; 1 for what lies in the root.</summary>
    public int Depth => Path.Count(c => c == '/');

    /// <summary>The path in a command's argument; null where it has none, or the root.</summary>
    public static PathArgument? Of(string verb, string argument)
    {
        if (!Verbs.Contains(verb))
        {
            return null;
        }

        var start = verb is "MFMT" or "MDTM" && argument.Length > TimeLength + 1 && argument[TimeLength] == ' '
            && long.TryParse(argument.AsSpan(0, TimeLength), NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? TimeLength + 1
            : 0;
        return argument.Length > start + 1 && argument[start] == '/' ? new PathArgument(argument[..start], argument[start..]) : null;
    }
}
