namespace NapterFtp;

/// <summary>An error made for a person: what happened, to which device and port, and what to do next.</summary>
/// <remarks>Neither the message nor the advice ever holds a password, key or token.</remarks>
public class NapterFtpException : Exception
{
    /// <param name="errorId">A stable noun phrase in Pascal case, such as <c>GatewayCertificateNotTrusted</c>; scripts match on it.</param>
    /// <param name="kind">The sort of trouble.</param>
    /// <param name="message">What happened, in a sentence.</param>
    /// <param name="advice">What to do about it, in a sentence.</param>
    /// <param name="target">What it happened to: a device, an end point, a path.</param>
    /// <param name="innerException">The cause.</param>
    public NapterFtpException(
        string errorId,
        NapterFtpErrorKind kind,
        string message,
        string? advice = null,
        object? target = null,
        Exception? innerException = null)
        : base(message, innerException)
    {
        ErrorId = errorId;
        Kind = kind;
        Advice = advice;
        Target = target;
    }

    /// <summary>A stable noun phrase that scripts can match on.</summary>
    public string ErrorId { get; }

    /// <summary>The sort of trouble.</summary>
    public NapterFtpErrorKind Kind { get; }

    /// <summary>What to do about it, or null where nothing useful can be said.</summary>
    public string? Advice { get; }

    /// <summary>What it happened to, or null.</summary>
    public object? Target { get; }
}

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

    /// <summary>Something that this module did not foresee.</summary>
    Unexpected,
}
