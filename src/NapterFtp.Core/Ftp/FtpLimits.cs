namespace NapterFtp.Ftp;

/// <summary>How much of a line, reply or listing is kept in memory before the peer is judged broken.</summary>
internal sealed record FtpLimits
{
    public static FtpLimits Default { get; } = new();

    /// <summary>Bytes in one line of a command or reply, line end included; 8 KiB by default.</summary>
    public int MaxLineLength { get; init; } = 8 * 1024;

    /// <summary>Bytes in one multi-line reply; 256 KiB by default, room for a <c>STAT</c> of a folder with thousands of files.</summary>
    public int MaxReplyLength { get; init; } = 256 * 1024;

    /// <summary>Bytes in one listing; 64 MiB by default, room for half a million files.</summary>
    public long MaxListingLength { get; init; } = 64L * 1024 * 1024;
}
