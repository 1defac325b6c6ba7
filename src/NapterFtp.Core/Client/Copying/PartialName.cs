using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace NapterFtp.Client.Copying;

/// <summary>The temporary name of a file while it is copied: beside the destination, hidden on Unix, and telling which version of
/// which source it belongs to, so that it is continued only with the same.</summary>
internal static class PartialName
{
    public const string Suffix = ".napterpart";

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

    /// <summary>Whether a name is that of a partial of this file, of whatever version.</summary>
    public static bool IsFor(string name, string finalName) =>
        name.Length == Prefix(finalName).Length + TagLength + Suffix.Length
        && name.StartsWith(Prefix(finalName), StringComparison.Ordinal)
        && Is(name);

    public static bool Is(string name) => name.StartsWith('.') && name.EndsWith(Suffix, StringComparison.Ordinal);

    private static string Prefix(string finalName)
    {
        var room = LongestName - 2 - TagLength - Suffix.Length;
        return Encoding.UTF8.GetByteCount(finalName) <= room
            ? $".{finalName}."
            : $".{Convert.ToHexString(SHA256.HashData(Encoding.Unicode.GetBytes(finalName)))[..32]}.";
    }
}
