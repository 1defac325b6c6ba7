using System.Security.Cryptography;

namespace NapterFtp.Testing;

/// <summary>Pseudo-random file content: the same seed gives the same bytes everywhere.</summary>
public static class TestData
{
    private const int ChunkLength = 256 * 1024;

    public static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Writes a file of any length without holding it in memory, and gives its SHA-256.</summary>
    public static byte[] WriteFile(string path, long length, int seed)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var file = File.Create(path);
        var random = new Random(seed);
        var chunk = new byte[ChunkLength];
        for (var left = length; left > 0;)
        {
            var part = chunk.AsSpan(0, (int)Math.Min(left, chunk.Length));
            random.NextBytes(part);
            file.Write(part);
            hash.AppendData(part);
            left -= part.Length;
        }

        return hash.GetHashAndReset();
    }

    public static byte[] HashFile(string path)
    {
        using var file = File.OpenRead(path);
        return SHA256.HashData(file);
    }
}
