using System.Security.Cryptography;

namespace NapterFtp.Simulator;

internal static class Secrets
{
    /// <summary>A throw-away secret of 160 random bits behind a prefix that says what it is.</summary>
    public static string New(string prefix) => prefix + Convert.ToHexString(RandomNumberGenerator.GetBytes(20)).ToLowerInvariant();
}
