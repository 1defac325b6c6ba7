using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace NapterFtp.Contract.Tests;

/// <summary>One operation of SORACOM's description.</summary>
internal sealed partial class ContractOperation(SoracomContract contract, string method, string path, JsonObject description)
{
    private const string ErrorSchema = """{"$ref":"#/components/schemas/APICallErrorMessage"}""";

    private readonly Regex _path = new($"^{PlaceHolder().Replace(path, "[^/]+")}$");

    public string Id => description["operationId"]!.GetValue<string>();

    public string Method => method;

    public bool Matches(string callPath) => _path.IsMatch(callPath);

    public bool MatchesLiterally(string callPath) => path == callPath;

    public async Task<IReadOnlyList<string>> CheckRequestAsync(Exchange exchange)
    {
        var problems = new List<string>();
        foreach (var header in SecurityHeaders().Where(header => !exchange.RequestHeaders.ContainsKey(header)))
        {
            problems.Add($"the header {header} is missing");
        }

        problems.AddRange(await CheckQueryAsync(exchange.PathAndQuery));
        if (description["requestBody"] is not { } body)
        {
            if (exchange.RequestBody is not ("" or "{}"))
            {
                problems.Add("a body where none belongs");
            }
        }
        else
        {
            problems.AddRange(CheckMediaType(exchange.RequestHeaders));
            problems.AddRange(await contract.CheckAsync(Schema(body)!, exchange.RequestBody));
        }

        return problems;
    }

    public async Task<IReadOnlyList<string>> CheckResponseAsync(Exchange exchange)
    {
        var problems = new List<string>();
        var paged = description["x-soracom-cli-pagination"] is not null;
        problems.AddRange(exchange.ResponseHeaders.Keys
            .Where(header => header.StartsWith("x-soracom-", StringComparison.OrdinalIgnoreCase)
                && !header.StartsWith("X-Soracom-Ratelimit-", StringComparison.OrdinalIgnoreCase)
                && !(paged && header.Equals("x-soracom-next-key", StringComparison.OrdinalIgnoreCase)))
            .Select(header => $"the header {header} isn't described"));

        var response = description["responses"]![exchange.Status.ToString(System.Globalization.CultureInfo.InvariantCulture)];
        if (response is null && exchange.Status < 400)
        {
            problems.Add("the status isn't described");
            return problems;
        }

        // An error without a schema has SORACOM's usual body.
        var schema = response is null ? null : Schema(response);
        schema ??= exchange.Status >= 400 ? JsonNode.Parse(ErrorSchema) : null;
        if (schema is not null)
        {
            problems.AddRange(CheckMediaType(exchange.ResponseHeaders));
            problems.AddRange(await contract.CheckAsync(schema, exchange.ResponseBody));
        }
        else if (exchange.ResponseBody.Length > 0)
        {
            problems.Add("a body where none belongs");
        }

        return problems;
    }

    private async Task<List<string>> CheckQueryAsync(string pathAndQuery)
    {
        var problems = new List<string>();
        var described = (description["parameters"]?.AsArray() ?? [])
            .Where(parameter => parameter!["in"]!.GetValue<string>() == "query")
            .ToDictionary(parameter => parameter!["name"]!.GetValue<string>(), parameter => parameter!["schema"]!);
        foreach (var pair in pathAndQuery.Split('?').Skip(1).SelectMany(query => query.Split('&')))
        {
            var name = pair.Split('=')[0];
            var value = Uri.UnescapeDataString(pair[(name.Length + 1)..]);
            if (!described.TryGetValue(name, out var schema))
            {
                problems.Add($"the parameter {name} isn't described");
                continue;
            }

            // An array's items may each be a parameter of the same name.
            schema = schema["items"] ?? schema;
            var isText = schema["type"]!.GetValue<string>() == "string";
            problems.AddRange(await contract.CheckAsync(schema, isText ? JsonValue.Create(value).ToJsonString() : value));
        }

        return problems;
    }

    private IEnumerable<string> SecurityHeaders() => (description["security"]?.AsArray() ?? [])
        .SelectMany(requirement => requirement!.AsObject().Select(scheme => scheme.Key))
        .Select(scheme => scheme == "api_key" ? "X-Soracom-API-Key" : "X-Soracom-Token");

    private static IEnumerable<string> CheckMediaType(IReadOnlyDictionary<string, string> headers)
    {
        if (!headers.TryGetValue("Content-Type", out var type) || type.Split(';')[0] != "application/json")
        {
            yield return $"the content type is {type ?? "missing"}";
        }
    }

    private static JsonNode? Schema(JsonNode owner) => owner["content"]?["application/json"]?["schema"];

    [GeneratedRegex("{[^}]+}")]
    private static partial Regex PlaceHolder();
}
