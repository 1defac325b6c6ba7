using NapterFtp.Ftp;

namespace NapterFtp.Copy;

/// <summary>Which names from a device may become local file names. A device is not trusted: its names must never lead outside
/// the destination or mean something special to the operating system.</summary>
internal static class LocalNames
{
    private static readonly System.Buffers.SearchValues<char> WindowsForbidden = System.Buffers.SearchValues.Create("<>:\"|?*");

    private static readonly HashSet<string> WindowsReserved = new(
        ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$",
         .. "123456789¹²³".SelectMany(digit => new[] { $"COM{digit}", $"LPT{digit}" })],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Why one part of a path must not become a local name, or null where it may.</summary>
    /// <param name="name">One part, without separators.</param>
    /// <param name="windows">Whether Windows' rules hold, which are stricter.</param>
    public static string? Fault(string name, bool windows)
    {
        if (name.Length == 0)
        {
            return "is empty";
        }

        if (name is "." or "..")
        {
            return "leads to another folder";
        }

        if (name.AsSpan().ContainsAny('/', '\\'))
        {
            return "holds a path separator";
        }

        if (name.Any(char.IsControl))
        {
            return "holds a control character";
        }

        if (name.Length >= 2 && name[1] == ':' && char.IsAsciiLetter(name[0]))
        {
            return "begins with a drive letter";
        }

        return windows ? WindowsFault(name) : null;
    }

    /// <summary>A destination that is a folder, whether it is there yet or not: with a separator at its end.</summary>
    public static string AsFolder(string destination) =>
        Path.EndsInDirectorySeparator(destination) ? destination : destination + Path.DirectorySeparatorChar;

    /// <summary>The local path for a device's relative path.</summary>
    /// <param name="root">The destination folder.</param>
    /// <param name="parts">The parts below it, as the device names them.</param>
    /// <exception cref="NapterFtpException"><c>UnsafeFileName</c>.</exception>
    public static string Combine(string root, IReadOnlyList<string> parts) => Combine(root, parts, OperatingSystem.IsWindows());

    /// <summary>As <see cref="Combine(string, IReadOnlyList{string})"/>, but null where a part cannot be a local name.</summary>
    public static string? TryCombine(string root, IReadOnlyList<string> parts) =>
        parts.All(part => Fault(NameCodec.ForPeople(part), OperatingSystem.IsWindows()) is null) ? Combine(root, parts) : null;

    internal static string Combine(string root, IReadOnlyList<string> parts, bool windows)
    {
        var path = root;
        foreach (var part in parts)
        {
            var name = NameCodec.ForPeople(part);
            if (Fault(name, windows) is { } fault)
            {
                throw new NapterFtpException(
                    "UnsafeFileName",
                    NapterFtpErrorKind.InvalidArgument,
                    $"The device's name '{Printable(string.Join('/', parts))}' {fault}, so it cannot be a local file name.",
                    "Rename the file on the device with Rename-NapterFtpItem, or leave it out with -Exclude.",
                    Printable(part));
            }

            path = Path.Combine(path, name);
        }

        return path;
    }

    /// <summary>The text for people, on one line: what a terminal or a log would obey is replaced by U+FFFD, bytes that are no
    /// characters are written as <c>%XX</c>.</summary>
    public static string Printable(string text) =>
        string.Concat(NameCodec.ForPeople(text).Select(c => FtpText.IsDisturbing(c) ? '\uFFFD' : c));

    private static string? WindowsFault(string name)
    {
        if (name.AsSpan().ContainsAny(WindowsForbidden))
        {
            return "holds a character that Windows does not allow";
        }

        if (name[^1] is '.' or ' ')
        {
            return "ends with a dot or a space, which Windows drops";
        }

        var stem = name.Split('.')[0].TrimEnd(' ');
        return WindowsReserved.Contains(stem) ? "is a device's name on Windows" : null;
    }
}
