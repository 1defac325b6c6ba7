namespace NapterFtp;

/// <summary>What became of one file.</summary>
public enum NapterFtpTransferStatus
{
    /// <summary>All of it was copied and verified.</summary>
    Copied,

    /// <summary>It was left alone: it is there already, or the user said no.</summary>
    Skipped,

    /// <summary>The missing rest of it was copied, and the whole verified.</summary>
    Resumed,

    /// <summary>Not copied; what was at the destination before is still there.</summary>
    Failed,

    /// <summary>Deleted, because the source has it no more (<c>Sync-NapterFtpDirectory -Mode Mirror</c>).</summary>
    Deleted,
}
