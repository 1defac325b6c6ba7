using System.Globalization;
using System.Text;
using System.Text.Json;

namespace NapterFtp.Pulls;

/// <summary>Schedules as JSON, for files that are kept with the code of a site: <c>docs/napter-pull.schema.json</c> describes them. What is wrong
/// is told with its line.</summary>
internal static class PullJson
{
    /// <summary>Where the schema is published.</summary>
    public const string Schema = "napter-pull.schema.json";

    private const int Version = 1;

    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    /// <summary>Writes schedules; their state, such as the last run, is not in it.</summary>
    public static string Write(IEnumerable<NapterPull> pulls)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Indented))
        {
            writer.WriteStartObject();
            writer.WriteString("$schema", Schema);
            writer.WriteNumber("version", Version);
            writer.WriteStartArray("pulls");
            foreach (var pull in pulls)
            {
                WriteOne(writer, pull);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length) + "\n";
    }

    /// <summary>One schedule, as the store keeps it.</summary>
    public static string WriteOne(NapterPull pull)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            WriteOne(writer, pull);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>Reads one schedule that the store keeps; what a newer module has put into it is passed over.</summary>
    public static NapterPull ReadOne(string json)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        var lines = new Lines([], "the store");
        return ReadOne(ref reader, lines, strict: false).Pull;
    }

    /// <summary>Reads schedules and checks them.</summary>
    /// <param name="json">The file's bytes.</param>
    /// <param name="source">What the file is called.</param>
    /// <exception cref="NapterFtpException"><c>PullFileInvalid</c>, with the line.</exception>
    public static IReadOnlyList<NapterPull> Read(ReadOnlySpan<byte> json, string source)
    {
        json = json.StartsWith("\uFEFF"u8) ? json["\uFEFF"u8.Length..] : json;
        var lines = new Lines(json.ToArray(), source);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        try
        {
            return ReadAll(ref reader, lines);
        }
        catch (JsonException e)
        {
            throw lines.Wrong((e.LineNumber ?? 0) + 1, $"it is no JSON: {e.Message.Split(" LineNumber:")[0]}", e);
        }
    }

    private static List<NapterPull> ReadAll(ref Utf8JsonReader reader, Lines lines)
    {
        var pulls = new List<NapterPull>();
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw lines.WrongAt(reader, "it is to begin with {");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            switch (name)
            {
                case "$schema":
                    reader.Skip();
                    break;
                case "version" when reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var version):
                    if (version != Version)
                    {
                        throw lines.WrongAt(reader, string.Create(CultureInfo.InvariantCulture, $"it has version {version}, this module knows {Version}"));
                    }

                    break;
                case "pulls" when reader.TokenType == JsonTokenType.StartArray:
                    while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    {
                        pulls.Add(ReadChecked(ref reader, lines, pulls));
                    }

                    break;
                default:
                    throw lines.WrongAt(reader, $"'{name}' is not what belongs there; it has $schema, version and pulls, a list");
            }
        }

        return pulls;
    }

    private static NapterPull ReadChecked(ref Utf8JsonReader reader, Lines lines, List<NapterPull> before)
    {
        var start = lines.At(reader);
        var (pull, where) = ReadOne(ref reader, lines, strict: true);
        try
        {
            PullRules.Check(pull);
        }
        catch (NapterFtpException e)
        {
            throw lines.Wrong(where.TryGetValue(e.Target is NapterRouter ? "router" : e.Target as string ?? string.Empty, out var line) ? line : start, e.Message, e);
        }

        return before.Any(other => string.Equals(other.Name, pull.Name, StringComparison.OrdinalIgnoreCase))
            ? throw lines.Wrong(where["name"], $"there is another schedule '{pull.Name}' above")
            : pull;
    }

    private static (NapterPull Pull, Dictionary<string, long> Where) ReadOne(ref Utf8JsonReader reader, Lines lines, bool strict)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw lines.WrongAt(reader, "a schedule is to begin with {");
        }

        var start = lines.At(reader);
        var pull = new NapterPull { Name = string.Empty };
        var where = new Dictionary<string, long>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            var line = lines.At(reader);
            var property = PullProperty.All.FirstOrDefault(property => property.Name == name);
            reader.Read();
            if (property is null)
            {
                if (strict)
                {
                    throw lines.Wrong(line, $"a schedule has no '{name}'");
                }

                reader.Skip();
                continue;
            }

            if (!where.TryAdd(name, line))
            {
                throw lines.Wrong(line, $"'{name}' is given twice");
            }

            try
            {
                pull = property.Set(pull, property.Read(ref reader, strict));
            }
            catch (FormatException e)
            {
                throw lines.Wrong(line, $"'{name}' {e.Message}", e);
            }
        }

        return where.ContainsKey("name") ? (pull, where) : throw lines.Wrong(start, "a schedule needs a 'name'");
    }

    private static void WriteOne(Utf8JsonWriter writer, NapterPull pull)
    {
        writer.WriteStartObject();
        foreach (var property in PullProperty.All)
        {
            property.Write(writer, pull);
        }

        writer.WriteEndObject();
    }

    /// <summary>Tells in which line something is.</summary>
    private sealed class Lines(byte[] json, string source)
    {
        public long At(Utf8JsonReader reader) => json.AsSpan(0, (int)Math.Min(reader.TokenStartIndex, json.Length)).Count((byte)'\n') + 1;

        public NapterFtpException WrongAt(Utf8JsonReader reader, string reason) => Wrong(At(reader), reason);

        public NapterFtpException Wrong(long line, string reason, Exception? cause = null) => new(
            "PullFileInvalid",
            NapterFtpErrorKind.InvalidArgument,
            string.Create(CultureInfo.InvariantCulture, $"{source}, line {line}: {reason}"),
            "Correct the file; nothing of it was taken. Export-NapterPull writes one to begin with.",
            source,
            cause);
    }
}
