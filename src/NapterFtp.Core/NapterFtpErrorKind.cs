namespace NapterFtp;

/// <summary>What sort of trouble a <see cref="NapterFtpException"/> reports; the cmdlets map it to PowerShell's error categories.</summary>
public enum NapterFtpErrorKind
{
    /// <summary>A value the caller gave cannot be used.</summary>
    InvalidArgument,

    /// <summary>The device, SIM, file, profile or port named is not there.</summary>
    NotFound,

    /// <summary>Sign-in failed, or credentials are missing.</summary>
    Authentication,

    /// <summary>The account, operating system or device forbids it.</summary>
    PermissionDenied,

    /// <summary>What is asked for exists already or is in use.</summary>
    InUse,

    /// <summary>A limit is reached: passive ports, sessions, API calls.</summary>
    LimitReached,

    /// <summary>A peer could not be reached, or the connection to it ended.</summary>
    Connection,

    /// <summary>A certificate or host name did not verify, or a handshake failed.</summary>
    Security,

    /// <summary>A peer took longer than its time limit.</summary>
    Timeout,

    /// <summary>A peer said something that its protocol does not allow.</summary>
    Protocol,

    /// <summary>A local file could not be read or written.</summary>
    File,

    /// <summary>What was written does not equal what was sent.</summary>
    Verification,
}
