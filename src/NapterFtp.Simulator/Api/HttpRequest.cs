namespace NapterFtp.Simulator.Api;

/// <summary>One request, its body read whole.</summary>
internal sealed record HttpRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    /// <summary>The path's segments, unescaped.</summary>
    public string[] Segments { get; } = Array.ConvertAll(
        Target.Split('?')[0].Split('/', StringSplitOptions.RemoveEmptyEntries), Uri.UnescapeDataString);

    /// <summary>The query's pairs in order, unescaped.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Query { get; } = ParseQuery(Target);

    public string? Header(string name) => Headers.TryGetValue(name, out var value) ? value : null;

    /// <summary>The first value of a query parameter, or null.</summary>
    public string? Parameter(string name) => Query.FirstOrDefault(pair => pair.Key == name).Value;

    private static List<KeyValuePair<string, string>> ParseQuery(string target)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        var start = target.IndexOf('?', StringComparison.Ordinal);
        foreach (var part in start < 0 ? [] : target[(start + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var halves = part.Split('=', 2);
            pairs.Add(new(Unescape(halves[0]), halves.Length > 1 ? Unescape(halves[1]) : ""));
        }

        return pairs;

        static string Unescape(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
    }
}
