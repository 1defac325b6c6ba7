using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using NapterFtp.Transport;

namespace NapterFtp.Soracom;

/// <summary>Makes the errors of API calls: what happened, SORACOM's own code and words, and what to do about it.</summary>
internal static class ApiErrors
{
    /// <summary>The error ID of a connection that could not be made.</summary>
    public const string UnreachableId = "SoracomUnreachable";

    /// <summary>The error ID of a call that SORACOM's limits, or ours, held back for too long.</summary>
    public const string RateLimitedId = "SoracomRateLimited";

    private const int TooManyRequests = 429;

    private static readonly string[] MfaWords =
        ["mfa", "otp", "multi-factor", "multifactor", "two-factor", "多要素", "二要素", "ワンタイム"];

    /// <summary>An answer whose status is not 2xx.</summary>
    /// <param name="call">The call.</param>
    /// <param name="status">The answer's status.</param>
    /// <param name="body">What the body says, without secrets.</param>
    /// <param name="retryAfter">How long the answer asks to wait.</param>
    public static SoracomApiException Refused(ApiCall call, HttpStatusCode status, ApiErrorBody body, TimeSpan? retryAfter)
    {
        var number = (int)status;
        var (id, kind, advice) = Explain(call, number, body, retryAfter);
        var said = body.Message is { } message ? $"{message.TrimEnd('.', '。')} " : "";
        var code = body.Code is { } c ? $"{c}, " : "";
        return new SoracomApiException(
            id,
            kind,
            string.Create(CultureInfo.InvariantCulture, $"SORACOM could not {call.Purpose}: {said}({code}HTTP {number})."),
            advice,
            call.Target)
        {
            StatusCode = status,
            Code = body.Code,
            RetryAfter = retryAfter,
            IsTransient = number is TooManyRequests or 408 or >= 500,
            // A server that fails may have failed after it did what it was asked to.
            MayHaveTakenEffect = !call.Repeatable && number is 408 or >= 500,
        };
    }

    /// <summary>A 2xx answer that cannot be read.</summary>
    public static SoracomApiException Unreadable(ApiCall call, HttpStatusCode? status, Exception? cause) => new(
        "SoracomAnswerUnreadable",
        NapterFtpErrorKind.Protocol,
        $"SORACOM's answer when asked to {call.Purpose} cannot be understood.",
        "Something between this computer and SORACOM may answer in its place: a proxy or a sign-in page of the network. Check -Endpoint too.",
        call.Target,
        cause)
    {
        StatusCode = status,
        IsTransient = true,
        MayHaveTakenEffect = !call.Repeatable,
    };

    /// <summary>No answer within the time limit.</summary>
    public static SoracomApiException TimedOut(ApiCall call, TimeSpan limit, bool sent, Exception? cause) => new(
        "SoracomTimeout",
        NapterFtpErrorKind.Timeout,
        string.Create(CultureInfo.InvariantCulture, $"SORACOM did not answer within {limit.TotalSeconds:0.#} s when asked to {call.Purpose}."),
        "Check the network and SORACOM's status at https://status.soracom.io, then try again.",
        call.Target,
        cause)
    {
        IsTransient = true,
        MayHaveTakenEffect = sent && !call.Repeatable,
    };

    /// <summary>The connection could not be made, or broke.</summary>
    public static SoracomApiException Broken(ApiCall call, Uri endPoint, Uri? proxy, bool sent, HttpRequestException cause)
    {
        if (proxy is not null && ProxyErrors.From(proxy, endPoint.Authority, endPoint, cause) is { } stopped)
        {
            return Found(stopped, cause);
        }

        // A handshake of ours, which the handler takes for a part of connecting.
        cause = cause.InnerException as HttpRequestException ?? cause;

        // The certificate check says itself what it found.
        for (Exception? e = cause; e is not null; e = e.InnerException)
        {
            if (e is NapterFtpException found)
            {
                return Found(found, cause);
            }
        }

        var host = endPoint.Authority;
        return cause.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => Unreachable(endPoint, "its name cannot be resolved.", cause),
            HttpRequestError.SecureConnectionError when cause.InnerException is AuthenticationException => new SoracomApiException(
                "SoracomHandshakeFailed",
                NapterFtpErrorKind.Security,
                $"No TLS connection to SORACOM's API at {host}: {cause.InnerException.Message}",
                "Check that -Endpoint names a TLS port, and that nothing between intercepts TLS.",
                endPoint,
                cause),
            HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError =>
                Unreachable(endPoint, Reason(cause), cause),
            _ => new SoracomApiException(
                "SoracomConnectionBroken",
                NapterFtpErrorKind.Connection,
                $"The connection to SORACOM's API at {host} broke when asked to {call.Purpose}: {Reason(cause)}",
                "Try again; if it stays so, check what is between this computer and SORACOM.",
                call.Target,
                cause)
            {
                IsTransient = true,
                MayHaveTakenEffect = sent && !call.Repeatable,
            },
        };
    }

    private static SoracomApiException Found(NapterFtpException found, Exception cause) =>
        new(found.ErrorId, found.Kind, found.Message, found.Advice, found.Target, cause) { IsTransient = found.Kind == NapterFtpErrorKind.Connection };

    /// <summary>No connection could be made.</summary>
    public static SoracomApiException Unreachable(Uri endPoint, string reason, Exception cause) => new(
        UnreachableId,
        NapterFtpErrorKind.Connection,
        $"SORACOM's API at {endPoint.Authority} cannot be reached: {reason}",
        "Check the network, its name server, the firewall on the way out, and -Endpoint if it was given.",
        endPoint,
        cause)
    {
        IsTransient = true,
    };

    /// <summary>The rate limit would hold the call back longer than the caller can wait.</summary>
    /// <param name="call">The call.</param>
    /// <param name="wait">When its turn would come, at best.</param>
    /// <param name="limit">Which limit that is.</param>
    public static SoracomApiException Throttled(ApiCall call, TimeSpan wait, string limit) => new(
        RateLimitedId,
        NapterFtpErrorKind.LimitReached,
        string.Create(CultureInfo.InvariantCulture, $"Too many API calls to {call.Purpose} in time: {limit}, and its turn does not come before {wait.TotalSeconds:0.#} s from now."),
        "Do less at once, keep ports for reuse with -PortLinger, raise Connect-Napter -ApiRateLimit where a number was given, or ask SORACOM for a higher limit.",
        call.Target)
    {
        RetryAfter = wait,
        IsTransient = true,
    };

    private static (string Id, NapterFtpErrorKind Kind, string Advice) Explain(
        ApiCall call, int status, ApiErrorBody body, TimeSpan? retryAfter) => status switch
        {
            401 when call.IsSignIn && AsksForMfa(body) => (
                "MfaCodeRequired",
                NapterFtpErrorKind.Authentication,
                "The account has multi-factor authentication: give the current code of your authenticator with -MfaCode."),
            401 when call.IsSignIn => (
                "SignInFailed",
                NapterFtpErrorKind.Authentication,
                "Check the user name and password, or the auth key; an account with multi-factor authentication also needs -MfaCode."),
            401 => (
                "TokenRejected",
                NapterFtpErrorKind.Authentication,
                "Sign in again with Connect-Napter."),
            403 when call.IsSignIn => (
                "SignInForbidden",
                NapterFtpErrorKind.Authentication,
                "The account or auth key may not sign in from here: check the user's access conditions in SORACOM's console."),
            403 => (
                "SoracomPermissionDenied",
                NapterFtpErrorKind.PermissionDenied,
                $"Allow {call.Permission} to the SAM user in SORACOM's console (Security, Users, Permissions); about_NapterFtp_Credentials has whole policies."),
            404 when call.Group == "PortMapping" => (
                "DeviceNotFound",
                NapterFtpErrorKind.NotFound,
                "Check the IMSI or SIM ID in SORACOM's console, and that -Coverage is the one that the SIM belongs to."),
            404 => (
                "SoracomNotFound",
                NapterFtpErrorKind.NotFound,
                "Check the name or number given, -Coverage and -Endpoint."),
            400 when call.IsSignIn => (
                "SignInFailed",
                NapterFtpErrorKind.Authentication,
                "Check the email address, operator ID, user name or auth key ID: SORACOM does not accept their form."),
            400 or 422 when call.Group == "PortMapping" => (
                "SoracomRequestRefused",
                NapterFtpErrorKind.InvalidArgument,
                "Check that the device is online, and its IMSI or SIM ID, port, duration (8 hours at most) and source ranges."),
            409 => ("SoracomConflict", NapterFtpErrorKind.InUse, "Try again in a moment."),
            TooManyRequests => (
                RateLimitedId,
                NapterFtpErrorKind.LimitReached,
                retryAfter is { } wait
                    ? string.Create(CultureInfo.InvariantCulture, $"SORACOM limits the account's calls: try again in {Math.Ceiling(wait.TotalSeconds)} s, and make fewer at once.")
                    : "SORACOM limits the account's calls: try again in a minute, and make fewer at once."),
            >= 300 and < 400 => (
                "SoracomRedirected",
                NapterFtpErrorKind.Protocol,
                "Redirections are not followed, as they could carry credentials elsewhere: check -Endpoint, and whether the network has a sign-in page."),
            408 or >= 500 => (
                "SoracomUnavailable",
                NapterFtpErrorKind.Connection,
                "Try again; SORACOM's status is at https://status.soracom.io."),
            _ => ("SoracomRequestRefused", NapterFtpErrorKind.InvalidArgument, "Check the values given."),
        };

    private static bool AsksForMfa(ApiErrorBody body) =>
        MfaWords.Any(word =>
            body.Message?.Contains(word, StringComparison.OrdinalIgnoreCase) == true
            || body.Code?.Contains(word, StringComparison.OrdinalIgnoreCase) == true);

    private static string Reason(HttpRequestException cause)
    {
        Exception root = cause;
        while (root.InnerException is { } inner)
        {
            root = inner;
        }

        return root is SocketException socket
            ? socket.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => "the connection was refused.",
                SocketError.ConnectionReset => "the connection was reset.",
                SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NetworkDown => "there is no route to it.",
                _ => socket.Message,
            }
            : root.Message;
    }
}

/// <summary>SORACOM's error code and message out of a body of any kind: flat JSON, JSON nested in <c>errorMessage</c>, either of
/// them as text/plain, HTML of a load balancer, text, cut off, or nothing.</summary>
internal readonly partial record struct ApiErrorBody(string? Code, string? Message)
{
    private const int MaximumMessage = 400;

    /// <param name="body">The answer's body.</param>
    /// <param name="redact">Takes the secrets out of a text. It sees the text whole: of a secret that has been cut it would leave a part.</param>
    public static ApiErrorBody Parse(ReadOnlySpan<byte> body, Func<string, string> redact)
    {
        var text = redact(Encoding.UTF8.GetString(body)).Trim().TrimStart('\uFEFF');
        if (text.Length == 0)
        {
            return default;
        }

        if (text[0] is '{' or '[' or '"')
        {
            return FromJson(text, redact) ?? FromBrokenJson(text);
        }

        return new ApiErrorBody(null, Clean(text[0] == '<' ? FromHtml(text) : text));
    }

    private static ApiErrorBody? FromJson(string text, Func<string, string> redact)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.String)
            {
                return new ApiErrorBody(null, Told(root.GetString()));
            }

            var inner = root.Child("errorMessage") ?? root.Child("error") ?? root;
            // Some answers have the message itself where others nest an object.
            return inner.ValueKind == JsonValueKind.String
                ? new ApiErrorBody(Told(root.Text("code")), Told(inner.GetString()))
                : new ApiErrorBody(Told(inner.Text("code")), Told(inner.Text("message")));
        }
        catch (JsonException)
        {
            return null;
        }

        // Again, now that what JSON had escaped is in the clear.
        string? Told(string? text) => text is null ? null : Clean(redact(text));
    }

    /// <summary>JSON that was cut off on its way still tells its code and the beginning of its message.</summary>
    private static ApiErrorBody FromBrokenJson(string text)
    {
        var code = CodeField().Match(text);
        var message = MessageField().Match(text);
        return new ApiErrorBody(
            code.Success ? Clean(code.Groups[1].Value) : null,
            message.Success ? Clean(message.Groups[1].Value) : null);
    }

    private static string FromHtml(string text)
    {
        var title = HtmlTitle().Match(text);
        return title.Success ? title.Groups[1].Value : HtmlTag().Replace(text, " ");
    }

    private static string? Clean(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var clean = Blank().Replace(text, " ").Trim();
        return clean.Length switch
        {
            0 => null,
            > MaximumMessage => string.Concat(clean.AsSpan(0, MaximumMessage), "…"),
            _ => clean,
        };
    }

    [GeneratedRegex("\"code\"\\s*:\\s*\"([^\"\\\\]*)\"", RegexOptions.CultureInvariant)]
    private static partial Regex CodeField();

    [GeneratedRegex("\"message\"\\s*:\\s*\"([^\"\\\\]*)", RegexOptions.CultureInvariant)]
    private static partial Regex MessageField();

    [GeneratedRegex("<title[^>]*>([^<]*)</title>", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex HtmlTitle();

    [GeneratedRegex("<[^>]*>", RegexOptions.CultureInvariant)]
    private static partial Regex HtmlTag();

    [GeneratedRegex("[\\s\\p{C}]+", RegexOptions.CultureInvariant)]
    private static partial Regex Blank();
}

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
