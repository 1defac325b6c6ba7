namespace NapterFtp;

/// <summary>How <c>Sync-NapterFtpDirectory</c> makes one directory match another.</summary>
public enum NapterFtpSyncMode
{
    /// <summary>Copies what is new or changed; deletes nothing.</summary>
    Update,

    /// <summary>Copies what is new or changed, then deletes what the source has not.</summary>
    Mirror,
}
