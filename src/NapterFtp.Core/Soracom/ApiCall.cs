using System.Net;
using System.Text.Json;

namespace NapterFtp.Soracom;

/// <summary>One call of SORACOM's API, as the client describes it to those who send it.</summary>
/// <param name="Group">The API's tag, such as <c>PortMapping</c>; limits are per group.</param>
/// <param name="Operation">The operation's ID in SORACOM's OpenAPI description, such as <c>createPortMapping</c>.</param>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">Path and query after <c>/v1</c>, escaped.</param>
internal sealed record ApiCall(string Group, string Operation, HttpMethod Method, string Path)
{
    /// <summary>Writes the JSON body; null for a call without one. Called once for each attempt.</summary>
    public Action<Utf8JsonWriter>? Body { get; init; }

    /// <summary>What it is for, which says who goes first.</summary>
    public ApiOrder Order { get; init; } = ApiOrder.Goes;

    /// <summary>Whether doing it twice is the same as doing it once, so that an attempt whose answer was lost may be repeated.</summary>
    public bool Repeatable { get; init; } = true;

    /// <summary>What it does, to follow "SORACOM could not": <c>create a port to 001010000000001</c>.</summary>
    public required string Purpose { get; init; }

    /// <summary>What it is about, for errors.</summary>
    public object? Target { get; init; }

    /// <summary>How long the caller can bear to wait, repetitions included, the wait for its turn under the rate limit left aside.</summary>
    public TimeSpan Patience { get; init; } = DefaultPatience;

    /// <summary>How long it can bear to wait for its turn.</summary>
    public TimeSpan TurnPatience { get; init; } = DefaultTurnPatience;

    /// <summary>The wait that this call is a part of; null where it is a wait of its own.</summary>
    public Deadline? Limit { get; init; }

    /// <summary>Whether it sends credentials, so that a 401 is about these and not about a token.</summary>
    public bool IsSignIn { get; init; }

    /// <summary>Whether 404 is an answer, not an error.</summary>
    public bool MayFindNothing { get; init; }

    /// <summary>Takes secrets that the call sent out of a text.</summary>
    public Func<string, string>? Redact { get; init; }

    /// <summary>The permission a SAM user needs for it, as SORACOM's console writes it.</summary>
    public string Permission => $"{Group}:{Operation}";

    public static TimeSpan DefaultPatience { get; } = TimeSpan.FromSeconds(30);

    /// <summary>SORACOM's limits are per minute, and others may be in the queue.</summary>
    public static TimeSpan DefaultTurnPatience { get; } = TimeSpan.FromMinutes(2);

    /// <summary>Begins the wait.</summary>
    public Deadline Begin(TimeProvider time) => Limit ?? new Deadline(time, Patience, TurnPatience);
}

/// <summary>What calls are for; the order in which they get their turns.</summary>
internal enum ApiOrder
{
    /// <summary>Closes something: while such calls wait, at least every second turn is theirs.</summary>
    Closes,

    /// <summary>Goes on with something, as with the data ports of a device whose control port is open.</summary>
    Goes,

    /// <summary>Begins with something that further calls will follow; its turn comes when there is room for these as well.</summary>
    Begins,
}

/// <summary>A good answer of SORACOM's API: 2xx, or 404 to a call that may find nothing.</summary>
internal sealed record ApiAnswer(ApiCall Call, HttpStatusCode Status, byte[] Body, string? NextKey)
{
    /// <summary>Whether it is a 404.</summary>
    public bool FoundNothing => Status == HttpStatusCode.NotFound;

    /// <summary>Reads the body.</summary>
    /// <exception cref="SoracomApiException"><c>SoracomAnswerUnreadable</c>: not JSON, or <paramref name="read"/> gave null.</exception>
    public T Read<T>(Func<JsonElement, T?> read)
        where T : class
    {
        try
        {
            using var document = JsonDocument.Parse(Body);
            return read(document.RootElement) ?? throw ApiErrors.Unreadable(Call, Status, null);
        }
        catch (JsonException e)
        {
            throw ApiErrors.Unreadable(Call, Status, e);
        }
    }

    /// <summary>Reads a list; an element that <paramref name="read"/> cannot read is null.</summary>
    /// <exception cref="SoracomApiException"><c>SoracomAnswerUnreadable</c>: not a JSON array.</exception>
    public T?[] ReadList<T>(Func<JsonElement, T?> read)
        where T : class
        => Read<T?[]>(root => root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray().Select(read)] : null);
}

/// <summary>Sends calls and reads their answers, repeated as far as that is right; an answer that cannot be read counts as a failure
/// of the attempt.</summary>
internal sealed class ApiChannel(ApiSender sender, ApiRetry retry, TimeProvider time)
{
    /// <summary>Sends a call with one token, or none.</summary>
    public Task<T> SendAsync<T>(ApiCall call, ApiToken? token, Func<ApiAnswer, T> read, CancellationToken cancellationToken)
    {
        var deadline = call.Begin(time);
        return retry.SendAsync(
            call,
            deadline,
            async attempt => read(await sender.SendAsync(call, token, deadline, attempt)),
            cancellationToken);
    }

    /// <summary>Sends a call with the session's token; after a 401 once more with a new one, and after a 403 as well where the rights
    /// may have changed since the token was issued.</summary>
    public Task<T> SendAsync<T>(ApiCall call, SoracomSession session, Func<ApiAnswer, T> read, CancellationToken cancellationToken)
    {
        var deadline = call.Begin(time);
        return retry.SendAsync(call, deadline, async attempt => read(await AttemptAsync(attempt)), cancellationToken);

        async Task<ApiAnswer> AttemptAsync(CancellationToken attempt)
        {
            var token = await session.GetAsync(call, deadline, attempt);
            try
            {
                return await sender.SendAsync(call, token, deadline, attempt);
            }
            catch (SoracomApiException e) when (e.StatusCode == HttpStatusCode.Unauthorized)
            {
                token = await session.ReplaceAsync(token, call, deadline, attempt);
                return await sender.SendAsync(call, token, deadline, attempt);
            }
            catch (SoracomApiException e) when (e.StatusCode == HttpStatusCode.Forbidden && session.MayHaveMoreRights(call))
            {
                return await AskAnewAsync(token, e, attempt);
            }
        }

        // A token has the rights that its user had when it was issued.
        async Task<ApiAnswer> AskAnewAsync(ApiToken token, SoracomApiException refusal, CancellationToken attempt)
        {
            try
            {
                token = await session.ReplaceAsync(token, call, deadline, attempt);
            }
            catch (NapterFtpException)
            {
                // What was refused matters more than why asking again was.
                session.StillRefused(call);
                throw refusal;
            }

            try
            {
                return await sender.SendAsync(call, token, deadline, attempt);
            }
            catch (SoracomApiException e) when (e.StatusCode == HttpStatusCode.Forbidden)
            {
                session.StillRefused(call);
                throw;
            }
        }
    }
}
