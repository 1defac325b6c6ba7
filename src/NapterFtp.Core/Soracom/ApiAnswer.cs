using System.Net;
using System.Text.Json;

namespace NapterFtp.Soracom;

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
