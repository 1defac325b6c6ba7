namespace NapterFtp;

/// <summary>How one step of <c>Test-NapterFtpDevice</c> ended.</summary>
public enum NapterFtpCheckStatus
{
    /// <summary>It works.</summary>
    Passed,

    /// <summary>It works, but something about it may cause trouble, or could not be found out.</summary>
    Warning,

    /// <summary>It does not work.</summary>
    Failed,

    /// <summary>It was not tried: an earlier step failed, or it was not wanted.</summary>
    Skipped,
}
