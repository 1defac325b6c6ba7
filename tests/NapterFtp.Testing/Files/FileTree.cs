using System.Globalization;

namespace NapterFtp.Testing;

/// <summary>Trees of files: made from a seed, described as text, compared by name, length and SHA-256.</summary>
public static class FileTree
{
    /// <summary>Makes <paramref name="files"/> files of 0 to <paramref name="maxLength"/> bytes spread over
    /// <paramref name="folders"/> folders (0: all in the root); names differ in case, spaces and script.</summary>
    public static void Create(string root, int files, int folders = 0, int maxLength = 2048, int seed = 1)
    {
        var random = new Random(seed);
        for (var i = 0; i < files; i++)
        {
            var folder = folders == 0 ? root : Path.Combine(root, string.Create(CultureInfo.InvariantCulture, $"folder {i % folders:D3}"));
            var name = (i % 10) switch
            {
                7 => $"with space {i}.csv",
                8 => $"計測{i}.csv",
                9 => $"UPPER-{i}",
                _ => $"log{i:D5}.csv",
            };
            TestData.WriteFile(Path.Combine(folder, name), random.Next(maxLength + 1), seed + i);
        }
    }

    /// <summary>Relative path to <c>length:SHA-256</c> of every file, and to <c>folder</c> of every empty folder; equal for equal trees.</summary>
    public static SortedDictionary<string, string> Describe(string root)
    {
        var tree = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
        {
            var hash = Convert.ToHexString(TestData.HashFile(path));
            tree.Add(Relative(root, path), string.Create(CultureInfo.InvariantCulture, $"{new FileInfo(path).Length}:{hash}"));
        }

        foreach (var path in Directory.EnumerateDirectories(root, "*", SearchOption.AllDirectories))
        {
            if (!Directory.EnumerateFileSystemEntries(path).Any())
            {
                tree.Add(Relative(root, path), "folder");
            }
        }

        return tree;
    }

    /// <summary>What the trees differ in, one line each; empty where they are equal.</summary>
    public static IReadOnlyList<string> Differences(string expectedRoot, string actualRoot)
    {
        var expected = Describe(expectedRoot);
        var actual = Describe(actualRoot);
        return
        [
            .. expected.Keys.Except(actual.Keys).Select(path => $"missing: {path}"),
            .. actual.Keys.Except(expected.Keys).Select(path => $"not expected: {path}"),
            .. expected.Keys.Intersect(actual.Keys).Where(path => expected[path] != actual[path]).Select(path => $"different: {path}"),
        ];
    }

    private static string Relative(string root, string path) => Path.GetRelativePath(root, path).Replace('\\', '/');
}
