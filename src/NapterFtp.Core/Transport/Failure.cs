namespace NapterFtp.Transport;

/// <summary>Why a transfer, a connection or a session did not end well, as a value: who failed, how, and what to do.</summary>
/// <param name="Side">Who failed.</param>
/// <param name="Kind">The sort of trouble.</param>
/// <param name="Message">What happened, in a sentence, for a person. Holds no secret.</param>
/// <param name="Advice">What to do about it, in a sentence; null where nothing useful can be said.</param>
internal sealed record Failure(FailingSide Side, NapterFtpErrorKind Kind, string Message, string? Advice = null)
{
    /// <summary>An error as a value.</summary>
    /// <param name="side">Who failed.</param>
    /// <param name="error">The error.</param>
    public static Failure Of(FailingSide side, NapterFtpException error) => new(side, error.Kind, error.Message, error.Advice);

    /// <summary>The message.</summary>
    public override string ToString() => Message;
}

/// <summary>Who failed.</summary>
internal enum FailingSide
{
    /// <summary>The FTP client, or the way between it and the relay.</summary>
    Client,

    /// <summary>The relay itself, or whoever stopped it.</summary>
    Relay,

    /// <summary>SORACOM's gateway, or the way between it and the relay.</summary>
    Gateway,

    /// <summary>The device, or the way between it and the gateway.</summary>
    Device,

    /// <summary>SORACOM's API.</summary>
    Soracom,
}
