using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using NapterFtp.Transport;

namespace NapterFtp.Soracom;

/// <summary>Sends one attempt of one call and reads its answer: paced, timed, logged, counted.</summary>
internal sealed class ApiSender(
    ApiHttp http, Uri endPoint, ApiThrottle throttle, TimeSpan attemptLimit, TimeProvider time, ILogger logger)
{
    /// <summary>The longest answer read; a page of a hundred SIMs is far below it.</summary>
    private const int MaximumBody = 8 << 20;

    private static readonly string UserAgent =
        $"NapterFtp/{typeof(ApiSender).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]}";

    private readonly string _language = CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "ja" ? "ja" : "en";
    private volatile bool _answered;
    private volatile ClockReading? _clock;

    /// <summary>Whether the API ever answered. If not, its address is more likely wrong than the API ill.</summary>
    public bool Answered => _answered;

    /// <summary>How far SORACOM's clock is ahead of ours, by the date of its last answer; null where none had one.</summary>
    public TimeSpan? ClockAhead => _clock?.Ahead;

    /// <exception cref="SoracomApiException">There was no answer, or no good one.</exception>
    public async Task<ApiAnswer> SendAsync(ApiCall call, ApiToken? token, Deadline deadline, CancellationToken cancellationToken)
    {
        using var turn = await throttle.BeginAsync(call, deadline, cancellationToken);
        deadline.TakeTurn();

        using var activity = ApiMetrics.Start(call, endPoint);
        using var body = new SecretBuffer();
        using var request = MakeRequest(call, token, body);
        var left = deadline.Remaining;
        using var limit = new TimeLimit(left < attemptLimit ? left : attemptLimit, time, cancellationToken);
        var start = time.GetTimestamp();
        HttpStatusCode? status = null;
        try
        {
            using var response = await http.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            status = response.StatusCode;
            _answered = true;
            _clock = response.Headers.Date is { } date ? new ClockReading(date - time.GetUtcNow()) : _clock;
            var refused = status == HttpStatusCode.TooManyRequests;
            turn.Outcome = new ApiOutcome(
                response.IsSuccessStatusCode, refused, RateLimit.Read(response.Headers), refused ? RetryAfter(response) : null);
            return await ReadAsync(call, token, response, limit.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            // The handler has a limit of its own for connecting, which is below ours.
            throw limit.Token.IsCancellationRequested
                ? ApiErrors.TimedOut(call, left < attemptLimit ? deadline.Patience : attemptLimit, Sent(request), e)
                : ApiErrors.Unreachable(endPoint, "it took no connection in time.", e);
        }
        catch (HttpRequestException e)
        {
            throw ApiErrors.Broken(call, endPoint, http.Proxy.GetProxy(endPoint), Sent(request), e);
        }
        finally
        {
            var duration = time.GetElapsedTime(start);
            ApiMetrics.Record(call, status, duration);
            activity?.SetTag("http.response.status_code", (int?)status);
            activity?.SetStatus(status is { } s && (int)s < 400 ? ActivityStatusCode.Ok : ActivityStatusCode.Error);
            logger.LogDebug(
                "{Method} /v1{Path}: {Status} in {Milliseconds:0} ms",
                call.Method.Method,
                call.Path,
                status is null ? "no answer" : ((int)status).ToString(CultureInfo.InvariantCulture),
                duration.TotalMilliseconds);
        }
    }

    /// <summary>A request without a body is sent as soon as it is begun; all such are repeatable, so it does not matter when.</summary>
    private static bool Sent(HttpRequestMessage request) => request.Content is SentContent { Begun: true };

    private HttpRequestMessage MakeRequest(ApiCall call, ApiToken? token, SecretBuffer body)
    {
        var request = new HttpRequestMessage(call.Method, new Uri($"{endPoint.AbsoluteUri.TrimEnd('/')}/v1{call.Path}"));
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        request.Headers.TryAddWithoutValidation("X-Soracom-Lang", _language);
        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("X-Soracom-API-Key", token.ApiKey);
            request.Headers.TryAddWithoutValidation("X-Soracom-Token", token.Token);
        }

        if (call.Body is { } write)
        {
            // The relaxed encoder escapes less, which leaves fewer copies of a secret in the writer's pooled buffers.
            using var writer = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
            writer.Flush();
            request.Content = new SentContent(body.Written);
        }

        return request;
    }

    private async Task<ApiAnswer> ReadAsync(ApiCall call, ApiToken? token, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var (body, broken) = await ReadBodyAsync(response, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound && call.MayFindNothing)
        {
            return new ApiAnswer(call, response.StatusCode, [], null);
        }

        if (!response.IsSuccessStatusCode)
        {
            throw ApiErrors.Refused(
                call, response.StatusCode, ApiErrorBody.Parse(body, text => Redact(text, call, token)), RetryAfter(response));
        }

        if (broken is not null && response.StatusCode != HttpStatusCode.NoContent)
        {
            throw ApiErrors.Unreadable(call, response.StatusCode, broken);
        }

        return new ApiAnswer(call, response.StatusCode, body, Header(response, "x-soracom-next-key"));
    }

    /// <summary>Reads the body; where it breaks off, what came of it and why, since the status alone is worth knowing.</summary>
    private static async Task<(byte[] Body, Exception? Broken)> ReadBodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = new ArrayBufferWriter<byte>();
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            while (true)
            {
                var read = await stream.ReadAsync(body.GetMemory(4096), cancellationToken);
                if (read == 0)
                {
                    return (body.WrittenSpan.ToArray(), null);
                }

                body.Advance(read);
                if (body.WrittenCount > MaximumBody)
                {
                    return ([], new IOException("The answer is too long."));
                }
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException or InvalidDataException)
        {
            return (body.WrittenSpan.ToArray(), e);
        }
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        if (response.StatusCode == HttpStatusCode.TooManyRequests && RateLimit.ReadRefresh(response.Headers) is { } refresh)
        {
            return refresh;
        }

        var told = response.Headers.RetryAfter;
        // Told by the clock that tells the answer's own date.
        var wait = told?.Delta ?? (told?.Date - (response.Headers.Date ?? time.GetUtcNow()));
        return wait is { } w && w < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    private static string Redact(string text, ApiCall call, ApiToken? token)
    {
        text = call.Redact is null ? text : call.Redact(text);
        return token is null ? text : token.Redact(text);
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) && values.FirstOrDefault() is { Length: > 0 } value ? value : null;

    private sealed record ClockReading(TimeSpan Ahead);
}

/// <summary>A JSON body that knows whether any of it was handed to the network: until then the call cannot have had an effect.</summary>
internal sealed class SentContent : HttpContent
{
    private readonly ReadOnlyMemory<byte> _body;
    private volatile bool _begun;

    public SentContent(ReadOnlyMemory<byte> body)
    {
        _body = body;
        Headers.ContentType = new MediaTypeHeaderValue("application/json");
    }

    public bool Begun => _begun;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        _begun = true;
        await stream.WriteAsync(_body, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}
