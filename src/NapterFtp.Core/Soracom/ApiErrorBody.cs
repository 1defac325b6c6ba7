using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace NapterFtp.Soracom;

/// <summary>SORACOM's error code and message out of a body of any kind: flat JSON, JSON nested in <c>errorMessage</c>, either of
/// them as text/plain, HTML of a load balancer, text, cut off, or nothing.</summary>
internal readonly partial record struct ApiErrorBody(string? Code, string? Message)
{
    private const int MaximumMessage = 400;

    public static ApiErrorBody Parse(ReadOnlySpan<byte> body)
    {
        var text = Encoding.UTF8.GetString(body).Trim().TrimStart('\uFEFF');
        if (text.Length == 0)
        {
            return default;
        }

        if (text[0] is '{' or '[' or '"')
        {
            return FromJson(text) ?? FromBrokenJson(text);
        }

        return new ApiErrorBody(null, Clean(text[0] == '<' ? FromHtml(text) : text));
    }

    private static ApiErrorBody? FromJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.String)
            {
                return new ApiErrorBody(null, Clean(root.GetString()));
            }

            var inner = root.Child("errorMessage") ?? root.Child("error") ?? root;
            // Some answers have the message itself where others nest an object.
            return inner.ValueKind == JsonValueKind.String
                ? new ApiErrorBody(Clean(root.Text("code")), Clean(inner.GetString()))
                : new ApiErrorBody(Clean(inner.Text("code")), Clean(inner.Text("message")));
        }
        catch (JsonException)
        {
            return null;
        }
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
