using System.Globalization;
using System.Text.RegularExpressions;

namespace NapterFtp.Ftp;

/// <summary>The file's size in the reply that opens a transfer, as most servers give it: <c>150 Opening … (1234 bytes)</c>. No RFC
/// asks for it.</summary>
internal static partial class TransferSize
{
    /// <summary>Reads the size.</summary>
    /// <param name="reply">A preliminary reply.</param>
    /// <param name="size">The size in bytes.</param>
    public static bool TryParse(FtpReply reply, out long size)
    {
        // The last: a file's name may look alike, and stands before.
        size = 0;
        return reply.IsPreliminary
            && Pattern().Match(reply.Text) is { Success: true } match
            && long.TryParse(match.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out size);
    }

    [GeneratedRegex(@"\(([0-9]+) bytes\)", RegexOptions.IgnoreCase | RegexOptions.RightToLeft | RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
