using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace NapterFtp.Copy;

/// <summary>The file in which a copy grows beside its destination until it is whole. All methods throw <see cref="IOException"/> and
/// <see cref="UnauthorizedAccessException"/> as the system does.</summary>
internal sealed class PartialFile : IDisposable
{
    // So much of what is there already is fetched again and compared, to see that the rest belongs to it.
    private const int Overlap = 4096;
    private const int BufferSize = 128 * 1024;

    // Unix takes two writers that share for reading for two readers; on Windows that keeps writers out, and a virus scanner may look.
    private static readonly FileShare Sharing = OperatingSystem.IsWindows() ? FileShare.Read : FileShare.None;

    private readonly SafeFileHandle _file;
    private long _had;
    private IncrementalHash? _hash;

    /// <summary>Opens or makes it. No two runs have it at a time.</summary>
    public PartialFile(string path)
    {
        Path = path;
        _file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, Sharing);
    }

    /// <summary>The file's temporary name.</summary>
    public string Path { get; }

    /// <summary>Where the source is to be read from; 0 for its beginning.</summary>
    public long Restart => _had == 0 ? 0 : _had - Overlap;

    /// <summary>Bytes in place.</summary>
    public long Position { get; private set; }

    /// <summary>Whether something that was there already is completed.</summary>
    public bool Continues => _had > 0;

    /// <summary>Finds how much is there already.</summary>
    /// <param name="existing">A file to take over where there is no partial one; null for none.</param>
    /// <param name="length">The source's length, or null where unknown.</param>
    /// <param name="cancellationToken">Gives up, also in the middle of a large file.</param>
    public void Continue(string? existing, long? length, CancellationToken cancellationToken)
    {
        _had = RandomAccess.GetLength(_file);
        if (_had == 0 && existing is not null)
        {
            using var source = File.OpenHandle(existing);
            _had = CopyFrom(source, cancellationToken);
        }

        if (_had <= Overlap || _had > length)
        {
            _had = 0;
        }
    }

    /// <summary>Makes ready for the first byte.</summary>
    /// <param name="restarted">Whether the source begins at <see cref="Restart"/>; else at its beginning.</param>
    /// <param name="hash">Whether to compute SHA-256.</param>
    /// <param name="cancellationToken">Gives up, also in the middle of a large file.</param>
    public void Begin(bool restarted, bool hash, CancellationToken cancellationToken)
    {
        if (!File.Exists(Path))
        {
            throw new FileNotFoundException("Another run has put it in place meanwhile.");
        }

        if (!restarted)
        {
            _had = 0;
        }

        Position = Restart;
        RandomAccess.SetLength(_file, _had);
        if (hash)
        {
            _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            HashBeginning(_hash, Position, cancellationToken);
        }
    }

    /// <summary>Takes the next bytes.</summary>
    /// <returns>False where they differ from what is there already.</returns>
    public bool TryTake(ReadOnlySpan<byte> data)
    {
        _hash?.AppendData(data);
        if (Position < _had)
        {
            var compared = (int)Math.Min(data.Length, _had - Position);
            Span<byte> known = stackalloc byte[Overlap];
            RandomAccess.Read(_file, known[..compared], Position);
            if (!known[..compared].SequenceEqual(data[..compared]))
            {
                return false;
            }

            Position += compared;
            data = data[compared..];
        }

        RandomAccess.Write(_file, data, Position);
        Position += data.Length;
        return true;
    }

    /// <summary>SHA-256 of all that is in place, once; null where it was not asked for.</summary>
    public string? TakeHash() => _hash is null ? null : Convert.ToHexString(_hash.GetHashAndReset());

    /// <summary>Deletes a partial file, unless another run has it open, which is to have it whole.</summary>
    public static void Delete(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            File.Delete(path);
            return;
        }

        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, Sharing);
        File.Delete(path);
    }

    /// <summary>Sets the time and writes what is buffered to the disk; the file stays under its temporary name. Blocks.</summary>
    public void Complete(DateTimeOffset? modified, LocalFileSystem files)
    {
        if (modified is { } time)
        {
            files.TrySetTime(_file, time);
        }

        RandomAccess.FlushToDisk(_file);
    }

    /// <summary>Whether it begins with all that another file holds.</summary>
    public Task<bool> BeginsWithAsync(string other, CancellationToken cancellationToken) => BeginsWithAsync(_file, other, cancellationToken);

    /// <summary>Whether a file begins with all that another holds.</summary>
    public static async Task<bool> BeginsWithAsync(SafeFileHandle file, string other, CancellationToken cancellationToken)
    {
        await using var beginning = File.OpenRead(other);
        var (mine, theirs) = (new byte[BufferSize], new byte[BufferSize]);
        for (long at = 0; await beginning.ReadAtLeastAsync(theirs, theirs.Length, throwOnEndOfStream: false, cancellationToken) is var count and > 0; at += count)
        {
            if (RandomAccess.Read(file, mine.AsSpan(0, count), at) < count || !mine.AsSpan(0, count).SequenceEqual(theirs.AsSpan(0, count)))
            {
                return false;
            }
        }

        return true;
    }

    public void Dispose()
    {
        _file.Dispose();
        _hash?.Dispose();
    }

    private void HashBeginning(IncrementalHash hash, long length, CancellationToken cancellationToken)
    {
        var buffer = new byte[(int)Math.Min(BufferSize, Math.Max(length, 1))];
        for (long at = 0; at < length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = RandomAccess.Read(_file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - at)), at);
            hash.AppendData(buffer, 0, count);
            at += count;
        }
    }

    private long CopyFrom(SafeFileHandle source, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferSize];
        long at = 0;
        while (RandomAccess.Read(source, buffer, at) is var count and > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            RandomAccess.Write(_file, buffer.AsSpan(0, count), at);
            at += count;
        }

        return at;
    }
}

/// <summary>The temporary name of a file while it is copied: beside the destination, hidden on Unix, and telling which version of
/// which source it belongs to, so that it is continued only with the same.</summary>
internal static class PartialName
{
    public const string Suffix = ".napterpart";

    /// <summary>Ends the name of a file that is whole and verified, and only waits for the place of its destination.</summary>
    public const string WholeSuffix = ".napterwhole";

    private const int LongestName = 255;
    private const int TagLength = 10;

    /// <param name="finalName">The name that the file gets in the end.</param>
    /// <param name="device">The device and port.</param>
    /// <param name="sourcePath">The source's path.</param>
    /// <param name="length">The source's bytes, where known.</param>
    /// <param name="modified">The source's time, where known.</param>
    public static string For(string finalName, string device, string sourcePath, long? length, DateTimeOffset? modified)
    {
        var version = string.Create(
            CultureInfo.InvariantCulture, $"{device}\n{sourcePath}\n{length}\n{modified?.UtcTicks / TimeSpan.TicksPerSecond}");
        var tag = Convert.ToHexString(SHA256.HashData(Encoding.Unicode.GetBytes(version)))[..TagLength];
        return Prefix(finalName) + tag + Suffix;
    }

    /// <summary>The name of the same file once it is whole.</summary>
    public static string WholeOf(string partial) => partial[..^Suffix.Length] + WholeSuffix;

    /// <summary>Whether a name is that of a partial of this file, of whatever version.</summary>
    public static bool IsFor(string name, string finalName) =>
        Is(name) && name.StartsWith(Prefix(finalName), StringComparison.Ordinal) && name.LastIndexOf('.') == Prefix(finalName).Length + TagLength;

    public static bool Is(string name) =>
        name.StartsWith('.') && (name.EndsWith(Suffix, StringComparison.Ordinal) || name.EndsWith(WholeSuffix, StringComparison.Ordinal));

    private static string Prefix(string finalName)
    {
        var room = LongestName - 2 - TagLength - WholeSuffix.Length;
        return Encoding.UTF8.GetByteCount(finalName) <= room
            ? $".{finalName}."
            : $".{Convert.ToHexString(SHA256.HashData(Encoding.Unicode.GetBytes(finalName)))[..32]}.";
    }
}
