namespace NapterFtp;

/// <summary>What a Napter port is used for.</summary>
public enum NapterPortKind
{
    /// <summary>FTP's control connection.</summary>
    Control,

    /// <summary>One FTP data connection.</summary>
    Data,

    /// <summary>Any other TCP protocol.</summary>
    Tunnel,
}
