namespace NapterFtp.Ftp;

/// <summary>Why no port could be read from a passive reply.</summary>
internal enum PassiveReplyFault
{
    /// <summary>A port was read.</summary>
    None,

    /// <summary>The reply is neither 227 nor 229.</summary>
    NotPassive,

    /// <summary>The reply holds no address in any known form.</summary>
    NotUnderstood,

    /// <summary>The reply names port 0, a port above 65535, or a number above 255 in an address.</summary>
    OutOfRange,
}
