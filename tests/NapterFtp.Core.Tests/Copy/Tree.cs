using System.Security.Cryptography;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>Trees of files with known content and times, and what of them differs.</summary>
internal static class Tree
{
    private static readonly DateTime Oldest = new(2024, 1, 2, 3, 4, 6, DateTimeKind.Utc);

    /// <summary>Makes files <c>f000/file0000.dat</c> and so on, each with a time of its own.</summary>
    public static void Make(string root, int files, int folders, int length = 700)
    {
        for (var i = 0; i < files; i++)
        {
            var folder = folders == 0 ? root : Path.Combine(root, $"f{i % folders:000}");
            Directory.CreateDirectory(folder);
            Add(Path.Combine(folder, $"file{i:0000}.dat"), length + i, Oldest.AddMinutes(i * 7));
        }
    }

    public static void Add(string path, int length, DateTime? modified = null)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        File.WriteAllBytes(path, bytes);
        File.SetLastWriteTimeUtc(path, modified ?? Oldest);
    }

    /// <summary>Asserts that two trees have the same names, contents and, to the precision given, times.</summary>
    public static void AssertSame(string expected, string actual, TimeSpan? precision = null)
    {
        Assert.Equal(Names(expected), Names(actual));
        foreach (var name in Names(expected))
        {
            var (left, right) = (Path.Combine(expected, name), Path.Combine(actual, name));
            Assert.Equal(Hash(left), Hash(right));
            if (precision is { } tolerance)
            {
                Assert.InRange((File.GetLastWriteTimeUtc(left) - File.GetLastWriteTimeUtc(right)).Duration(), TimeSpan.Zero, tolerance);
            }
        }
    }

    /// <summary>All files' paths below a folder.</summary>
    public static string[] Names(string root) =>
        [.. Directory.EnumerateFiles(root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Select(path => Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/')).Order(StringComparer.Ordinal)];

    public static string Hash(string path) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));
}
