using System.Globalization;

namespace NapterFtp.Copy;

/// <summary>Names with a number, for files that are kept beside another version of theirs: <c>log (1).csv</c>.</summary>
internal static class NumberedName
{
    /// <summary>The name with a number before its extension.</summary>
    public static string With(string name, int number)
    {
        var extension = Path.GetExtension(name);
        var stem = name[..^extension.Length];

        // A name that begins with its only dot has no extension.
        return Path.GetFileName(stem).Length == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{name} ({number})")
            : string.Create(CultureInfo.InvariantCulture, $"{stem} ({number}){extension}");
    }

    /// <summary>The first numbered name that no file has; it is noted as taken.</summary>
    /// <param name="path">The full path.</param>
    /// <param name="taken">Names that others are to have.</param>
    public static string NextFree(string path, ISet<string> taken)
    {
        for (var number = 1; ; number++)
        {
            var candidate = With(path, number);
            if (!Path.Exists(candidate) && taken.Add(candidate))
            {
                return candidate;
            }
        }
    }

    /// <summary>The local files that have numbered names of this one.</summary>
    public static IEnumerable<FileInfo> Versions(string path)
    {
        for (var number = 1; new FileInfo(With(path, number)) is { Exists: true } file; number++)
        {
            yield return file;
        }
    }
}
