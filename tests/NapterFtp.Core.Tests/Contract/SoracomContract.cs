using System.Text.Json.Nodes;
using NJsonSchema;

namespace NapterFtp.Contract.Tests;

/// <summary>SORACOM's OpenAPI description, made strict: a property that it doesn't name is wrong.</summary>
internal sealed class SoracomContract
{
    private const string BasePath = "/v1";

    private readonly JsonObject _definitions;

    private SoracomContract(JsonObject description)
    {
        _definitions = (JsonObject)Strict(description["components"]!["schemas"]!)!;
        Operations =
        [
            .. from path in description["paths"]!.AsObject()
               from operation in path.Value!.AsObject()
               select new ContractOperation(this, operation.Key.ToUpperInvariant(), BasePath + path.Key, operation.Value!.AsObject()),
        ];
    }

    public IReadOnlyList<ContractOperation> Operations { get; }

    public static SoracomContract Load()
    {
        using var resource = typeof(SoracomContract).Assembly.GetManifestResourceStream("soracom-api.yaml")!;
        using var reader = new StreamReader(resource);
        return new SoracomContract(YamlToJson.Read(reader).AsObject());
    }

    /// <summary>The operation that a call is one of, or null.</summary>
    public ContractOperation? Find(string method, string path) =>
        Operations.SingleOrDefault(operation => operation.Method == method && operation.MatchesLiterally(path))
        ?? Operations.SingleOrDefault(operation => operation.Method == method && operation.Matches(path));

    /// <summary>What is wrong with an exchange on either side; empty where nothing is.</summary>
    public async Task<IReadOnlyList<string>> CheckAsync(Exchange exchange)
    {
        var operation = Find(exchange.Method, exchange.PathAndQuery.Split('?')[0]);
        return operation is null
            ? [$"{exchange}: no such operation"]
            : [.. (await operation.CheckRequestAsync(exchange)).Concat(await operation.CheckResponseAsync(exchange)).Select(problem => $"{exchange}: {problem}")];
    }

    /// <summary>What is wrong with a value under a schema of the description's.</summary>
    public async Task<IEnumerable<string>> CheckAsync(JsonNode schema, string json)
    {
        try
        {
            JsonNode.Parse(json);
        }
        catch (System.Text.Json.JsonException)
        {
            return [$"no JSON: {json}"];
        }

        var root = (JsonObject)Strict(schema)!;
        if (root.ContainsKey("$ref"))
        {
            root = new JsonObject { ["allOf"] = new JsonArray(root) };
        }

        root["definitions"] = _definitions.DeepClone();
        var parsed = await JsonSchema.FromJsonAsync(root.ToJsonString());
        return parsed.Validate(json).Select(error => $"{error.Kind} at {error.Path} in {json}");
    }

    /// <summary>A copy that forbids unknown properties, and whose references are those of JSON schema.</summary>
    private static JsonNode? Strict(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                var copy = new JsonObject();
                foreach (var (name, value) in map)
                {
                    // A property may bear the name of a keyword; only keywords hold text here.
                    if (name is "description" or "example" && value is JsonValue or JsonObject { Count: 0 })
                    {
                        continue;
                    }

                    copy[name] = name == "$ref"
                        ? value!.GetValue<string>().Replace("#/components/schemas/", "#/definitions/", StringComparison.Ordinal)
                        : Strict(value);
                }

                if (copy["properties"] is JsonObject && copy["type"] is JsonValue && !copy.ContainsKey("additionalProperties"))
                {
                    copy["additionalProperties"] = false;
                }

                return copy;
            case JsonArray list:
                return new JsonArray([.. list.Select(Strict)]);
            default:
                return node?.DeepClone();
        }
    }
}
