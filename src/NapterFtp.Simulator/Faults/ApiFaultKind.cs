namespace NapterFtp.Simulator;

/// <summary>What goes wrong with an API call.</summary>
public enum ApiFaultKind
{
    /// <summary>Refused with 429 and SORACOM's rate limit headers; not carried out.</summary>
    TooManyRequests,

    /// <summary>Refused with 429 alone; not carried out.</summary>
    TooManyRequestsWithoutHeaders,

    /// <summary>Fails with a status and SORACOM's JSON; not carried out.</summary>
    Error,

    /// <summary>Fails with a status and a load balancer's HTML; not carried out.</summary>
    HtmlError,

    /// <summary>Answered with the right status and no body.</summary>
    EmptyBody,

    /// <summary>Answered with a body that is no JSON.</summary>
    InvalidJson,

    /// <summary>The connection ends in the middle of the body.</summary>
    TruncatedBody,

    /// <summary>Answered rightly, but as text/plain.</summary>
    WrongContentType,

    /// <summary>The connection is reset before the call is carried out.</summary>
    Reset,

    /// <summary>The connection is reset after the call has been carried out.</summary>
    LostAnswer,

    /// <summary>Never answered.</summary>
    Stall,

    /// <summary>Answered a few bytes at a time.</summary>
    Slow,

    /// <summary>Refused with 401, as are all earlier tokens from now on.</summary>
    ExpiredToken,

    /// <summary>A list leaves out all entries.</summary>
    ListIsEmpty,

    /// <summary>A list still shows entries that have ended.</summary>
    ListIsStale,
}
