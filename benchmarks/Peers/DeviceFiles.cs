using System.Security.Cryptography;

namespace NapterFtp.Benchmarks.Peers;

/// <summary>What simulated devices have to offer.</summary>
internal static class DeviceFiles
{
    /// <summary>Fills a folder with files of random bytes: <c>f001.dat</c> and on.</summary>
    public static void Make(string folder, int count, int length)
    {
        for (var i = 1; i <= count; i++)
        {
            File.WriteAllBytes(Path.Combine(folder, FormattableString.Invariant($"f{i:D3}.dat")), RandomNumberGenerator.GetBytes(length));
        }
    }
}
