using System.Net;

namespace NapterFtp.Soracom;

/// <summary>A call to SORACOM's API failed.</summary>
internal sealed class SoracomApiException(
    string errorId,
    NapterFtpErrorKind kind,
    string message,
    string? advice,
    object? target,
    Exception? innerException = null)
    : NapterFtpException(errorId, kind, message, advice, target, innerException)
{
    /// <summary>The HTTP status, or null where no answer came.</summary>
    public HttpStatusCode? StatusCode { get; init; }

    /// <summary>SORACOM's error code, such as <c>AUM0001</c>, or null where the body held none.</summary>
    public string? Code { get; init; }

    /// <summary>Whether the call may have changed something although no good answer came (a time-out or reset after the request
    /// was sent, or a 2xx whose body could not be read).</summary>
    public bool MayHaveTakenEffect { get; init; }

    /// <summary>How long SORACOM, or our own limit of calls, asks to wait before the next attempt; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether the same call may succeed later.</summary>
    public bool IsTransient { get; init; }
}
