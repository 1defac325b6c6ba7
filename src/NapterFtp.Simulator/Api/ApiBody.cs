using System.Text.Json;

namespace NapterFtp.Simulator.Api;

/// <summary>A request's JSON body, read field by field so that each wrong one gets its 400.</summary>
internal sealed class ApiBody
{
    private readonly JsonElement _root;

    private ApiBody(JsonElement root)
    {
        _root = root;
    }

    public static ApiBody Parse(HttpRequest request)
    {
        try
        {
            using var document = JsonDocument.Parse(request.Body);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new ApiBody(document.RootElement.Clone())
                : throw ApiErrorException.InvalidRequest("The body is no JSON object.");
        }
        catch (JsonException)
        {
            throw ApiErrorException.InvalidRequest("The body is no JSON.");
        }
    }

    public string? Text(string name) => Get(name, JsonValueKind.String)?.GetString();

    public bool? Flag(string name) => _root.TryGetProperty(name, out var value)
        ? value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Null => null,
            _ => throw Wrong(name),
        }
        : null;

    public int? Integer(string name) => Get(name, JsonValueKind.Number) is { } value
        ? value.TryGetInt32(out var number) ? number : throw Wrong(name)
        : null;

    public ApiBody? Object(string name) => Get(name, JsonValueKind.Object) is { } value ? new ApiBody(value) : null;

    public string[]? Texts(string name) => Get(name, JsonValueKind.Array) is { } value
        ? [.. value.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? item.GetString()! : throw Wrong(name))]
        : null;

    private JsonElement? Get(string name, JsonValueKind kind)
    {
        if (!_root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return value.ValueKind == kind ? value : throw Wrong(name);
    }

    private static ApiErrorException Wrong(string name) => ApiErrorException.InvalidRequest($"The value of {name} is invalid.");
}
