using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace NapterFtp.Simulator.Api;

/// <summary>One answer, and how it is to be delivered.</summary>
internal sealed record HttpAnswer(int Status)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public byte[] Body { get; init; } = [];

    public string? ContentType { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The real time that what the call does takes.</summary>
    public TimeSpan Takes { get; init; }

    /// <summary>How long by the simulator's clock the call waits for what doesn't come.</summary>
    public TimeSpan Waits { get; init; }

    public AnswerDelivery Delivery { get; init; }

    public static HttpAnswer Of(object body, int status = 200) => new(status)
    {
        Body = JsonSerializer.SerializeToUtf8Bytes(body, Json),
        ContentType = "application/json",
    };

    public static HttpAnswer Text(int status, string body, string contentType) => new(status)
    {
        Body = Encoding.UTF8.GetBytes(body),
        ContentType = contentType,
    };

    public HttpAnswer With(string header, string value) =>
        this with { Headers = [.. Headers, new(header, value)] };

    /// <summary>The whole answer as it goes on the wire.</summary>
    public byte[] ToBytes()
    {
        var head = new StringBuilder();
        head.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {Status} {(HttpStatusCode)Status}\r\n");
        if (ContentType is not null)
        {
            head.Append(CultureInfo.InvariantCulture, $"Content-Type: {ContentType}\r\n");
        }

        foreach (var (name, value) in Headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        // RFC 9110 section 8.6: no Content-Length with 204.
        if (Status != 204)
        {
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {Body.Length}\r\n");
        }

        return [.. Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()), .. Body];
    }
}
