using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace NapterFtp.Core.Tests.Soracom;

/// <summary>SORACOM's API in place of the network: answers as the test says, and remembers what it was asked.</summary>
internal sealed class FakeSoracom : HttpMessageHandler
{
    private readonly object _gate = new();
    private readonly List<FakeRequest> _requests = [];
    private readonly List<(string Method, string Path, Func<FakeRequest, CancellationToken, Task<HttpResponseMessage>> Answer)> _rules = [];
    private int _tokens;

    public FakeSoracom()
    {
        On("POST", "/v1/auth", _ => Json(HttpStatusCode.OK, NewToken()));
        On("POST", "/v1/auth/logout", _ => new HttpResponseMessage(HttpStatusCode.NoContent));
        On("POST", "/v1/operators/OP0000000001/token", _ => Json(HttpStatusCode.OK, $$"""{"token":"{{NextToken()}}"}"""));
    }

    public IReadOnlyList<FakeRequest> Requests
    {
        get
        {
            lock (_gate)
            {
                return [.. _requests];
            }
        }
    }

    public static HttpResponseMessage Json(HttpStatusCode status, string json) =>
        new(status) { Content = new StringContent(json, Encoding.UTF8, "application/json") };

    public static HttpResponseMessage Limited(string header, string value)
    {
        var response = Json(HttpStatusCode.TooManyRequests, """{"code":"LMT0001","message":"Too many requests"}""");
        response.Headers.TryAddWithoutValidation(header, value);
        return response;
    }

    /// <summary>The requests to one path, query left aside.</summary>
    public IReadOnlyList<FakeRequest> To(string method, string path) =>
        [.. Requests.Where(request => request.Method == method && request.Path == path)];

    public void On(string method, string path, Func<FakeRequest, HttpResponseMessage> answer) =>
        OnAsync(method, path, (request, _) => Task.FromResult(answer(request)));

    public void OnAsync(string method, string path, Func<FakeRequest, CancellationToken, Task<HttpResponseMessage>> answer)
    {
        lock (_gate)
        {
            _rules.Insert(0, (method, path, answer));
        }
    }

    /// <summary>Gives one answer after the other, the last one for ever.</summary>
    public void OnInTurn(string method, string path, params Func<FakeRequest, HttpResponseMessage>[] answers)
    {
        var turn = -1;
        On(method, path, request => answers[Math.Min(Interlocked.Increment(ref turn), answers.Length - 1)](request));
    }

    public string NextToken() => $"planted-token-{Interlocked.Increment(ref _tokens)}";

    public string NewToken() =>
        $$"""{"apiKey":"planted-api-key","operatorId":"OP0000000001","token":"{{NextToken()}}","userName":""}""";

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var seen = new FakeRequest(
            request.Method.Method,
            request.RequestUri!.AbsolutePath,
            request.RequestUri.Query,
            request.RequestUri.GetLeftPart(UriPartial.Authority),
            request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken),
            request.Content?.Headers.ContentType,
            request.Headers.ToDictionary(header => header.Key, header => string.Join(",", header.Value), StringComparer.OrdinalIgnoreCase));
        Func<FakeRequest, CancellationToken, Task<HttpResponseMessage>>? answer;
        lock (_gate)
        {
            _requests.Add(seen);
            answer = _rules.FirstOrDefault(rule => rule.Method == seen.Method && rule.Path == seen.Path).Answer;
        }

        return answer is null ? Json(HttpStatusCode.NotFound, "{}") : await answer(seen, cancellationToken);
    }
}

internal sealed record FakeRequest(
    string Method,
    string Path,
    string Query,
    string Host,
    string Body,
    MediaTypeHeaderValue? ContentType,
    IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string? Token => Headers.GetValueOrDefault("X-Soracom-Token");
}
