namespace NapterFtp;

/// <summary>Where a proxy is in its life.</summary>
public enum NapterFtpProxyState
{
    /// <summary>It takes FTP clients.</summary>
    Listening,

    /// <summary>It takes no new clients; running transfers end.</summary>
    Stopping,

    /// <summary>It has ended and holds no port.</summary>
    Stopped,

    /// <summary>It ended by itself because of an error.</summary>
    Failed,
}
