using System.Globalization;
using System.Net;
using System.Text.Json;

namespace NapterFtp.Soracom;

/// <summary>Reads fields of SORACOM's answers whatever their JSON type: numbers come as integers, doubles or strings, and any
/// field may be missing or null. What cannot be read is null, never an exception.</summary>
internal static class JsonFields
{
    public static JsonElement? Child(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value)
        && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined)
            ? value
            : null;

    public static string? Text(this JsonElement element, string name) =>
        element.Child(name) is { } value ? AsText(value) : null;

    public static string? AsText(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => null,
    };

    public static long? Whole(this JsonElement element, string name)
    {
        var text = element.Text(name);
        if (long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var whole))
        {
            return whole;
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && Math.Abs(real) < 1e18
            ? (long)Math.Round(real)
            : null;
    }

    public static int? Port(this JsonElement element, string name) =>
        element.Whole(name) is { } port and >= 1 and <= IPEndPoint.MaxPort ? (int)port : null;

    public static bool? Flag(this JsonElement element, string name) => element.Text(name) switch
    {
        { } text when bool.TryParse(text, out var flag) => flag,
        "1" => true,
        "0" => false,
        _ => null,
    };

    /// <summary>A time given in milliseconds since 1970 UTC.</summary>
    public static DateTimeOffset? Time(this JsonElement element, string name)
    {
        // Zero and below mean "never" in SORACOM's answers; the upper bound is the year 9999.
        return element.Whole(name) is { } milliseconds and > 0 and < 253_402_300_800_000
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : null;
    }

    public static IPAddress? Address(this JsonElement element, string name) =>
        IPAddress.TryParse(element.Text(name), out var address) ? address : null;

    public static IReadOnlyList<string> Texts(this JsonElement element, string name) =>
        element.Child(name) is { ValueKind: JsonValueKind.Array } list
            ? [.. list.EnumerateArray().Select(AsText).OfType<string>()]
            : [];
}
