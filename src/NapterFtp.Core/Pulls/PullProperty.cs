using System.Globalization;
using System.Text.Json;

namespace NapterFtp.Pulls;

/// <summary>One property of a schedule as JSON has it: the parameter's name with a small first letter.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Form">What its value is.</param>
/// <param name="Get">The value; null where it is not given.</param>
/// <param name="Set">The schedule with another value, as <paramref name="Form"/> reads it.</param>
internal sealed record PullProperty(string Name, PullForm Form, Func<NapterPull, object?> Get, Func<NapterPull, object?, NapterPull> Set)
{
    /// <summary>All of them, in the order in which they are written.</summary>
    public static IReadOnlyList<PullProperty> All { get; } =
    [
        new("name", PullForm.Text, pull => pull.Name, (pull, value) => pull with { Name = (string)value! }),
        new("enabled", PullForm.Flag, pull => pull.Enabled, (pull, value) => pull with { Enabled = (bool)value! }),
        Texts("imsi", pull => pull.Imsi, (pull, value) => pull with { Imsi = value }),
        Texts("simId", pull => pull.SimId, (pull, value) => pull with { SimId = value }),
        Texts("tag", pull => pull.Tag, (pull, value) => pull with { Tag = value }),
        Texts("nameFilter", pull => pull.NameFilter, (pull, value) => pull with { NameFilter = value }),
        Texts("groupId", pull => pull.GroupId, (pull, value) => pull with { GroupId = value }),
        Text("service", pull => pull.Service, (pull, value) => pull with { Service = value }),
        new("devicePort", PullForm.Number, pull => (long)pull.DevicePort, (pull, value) => pull with { DevicePort = Int(value) ?? 21 }),
        Texts("devicePortMap", pull => pull.DevicePortMap, (pull, value) => pull with { DevicePortMap = value }),
        new("router", PullForm.Router, pull => pull.Router, (pull, value) => pull with { Router = (NapterRouter?)value }),
        Text("routerCredentialName", pull => pull.RouterCredentialName, (pull, value) => pull with { RouterCredentialName = value }),
        Texts("path", pull => pull.Path, (pull, value) => pull with { Path = value }),
        new("destination", PullForm.Text, pull => pull.Destination, (pull, value) => pull with { Destination = (string)value! }),
        Text("cron", pull => pull.Cron, (pull, value) => pull with { Cron = value }),
        Span("every", pull => pull.Every, (pull, value) => pull with { Every = value }),
        Texts("at", pull => pull.At, (pull, value) => pull with { At = value }),
        Text("timeZone", pull => pull.TimeZone, (pull, value) => pull with { TimeZone = value }),
        Span("jitter", pull => pull.Jitter, (pull, value) => pull with { Jitter = value }),
        Span("window", pull => pull.Window, (pull, value) => pull with { Window = value }),
        new("missedRun", PullForm.Text, pull => pull.MissedRun.ToString(), (pull, value) => pull with { MissedRun = Missed(value) }),
        Text("credentialName", pull => pull.CredentialName, (pull, value) => pull with { CredentialName = value }),
        Flag("recurse", pull => pull.Recurse, (pull, value) => pull with { Recurse = value }),
        Text("filter", pull => pull.Filter, (pull, value) => pull with { Filter = value }),
        Texts("include", pull => pull.Include, (pull, value) => pull with { Include = value }),
        Texts("exclude", pull => pull.Exclude, (pull, value) => pull with { Exclude = value }),
        Text("ifExists", pull => pull.IfExists, (pull, value) => pull with { IfExists = value }),
        Text("since", pull => pull.Since, (pull, value) => pull with { Since = value }),
        Text("order", pull => pull.Order, (pull, value) => pull with { Order = value }),
        Flag("removeSource", pull => pull.RemoveSource, (pull, value) => pull with { RemoveSource = value }),
        Text("moveSource", pull => pull.MoveSource, (pull, value) => pull with { MoveSource = value }),
        Text("moveFailed", pull => pull.MoveFailed, (pull, value) => pull with { MoveFailed = value }),
        Text("onCopied", pull => pull.OnCopied, (pull, value) => pull with { OnCopied = value }),
        Span("stableFor", pull => pull.StableFor, (pull, value) => pull with { StableFor = value }),
        Span("minimumAge", pull => pull.MinimumAge, (pull, value) => pull with { MinimumAge = value }),
        Text("doneFile", pull => pull.DoneFile, (pull, value) => pull with { DoneFile = value }),
        Text("lockBy", pull => pull.LockBy, (pull, value) => pull with { LockBy = value }),
        Flag("ignoreMissing", pull => pull.IgnoreMissing, (pull, value) => pull with { IgnoreMissing = value }),
        new("maxBytes", PullForm.Number, pull => pull.MaxBytes, (pull, value) => pull with { MaxBytes = (long?)value }),
        new("maxFiles", PullForm.Number, pull => (long?)pull.MaxFiles, (pull, value) => pull with { MaxFiles = Int(value) }),
        new("rateLimit", PullForm.Number, pull => pull.RateLimit, (pull, value) => pull with { RateLimit = (long?)value }),
        Text("until", pull => pull.Until, (pull, value) => pull with { Until = value }),
        Text("deviceTimeZone", pull => pull.DeviceTimeZone, (pull, value) => pull with { DeviceTimeZone = value }),
        Text("encoding", pull => pull.Encoding, (pull, value) => pull with { Encoding = value }),
        new("sessionLimit", PullForm.Number, pull => (long?)pull.SessionLimit, (pull, value) => pull with { SessionLimit = Int(value) }),
        new("retry", PullForm.Number, pull => (long?)pull.Retry, (pull, value) => pull with { Retry = Int(value) }),
        Span("retryInterval", pull => pull.RetryInterval, (pull, value) => pull with { RetryInterval = value }),
        Flag("hash", pull => pull.Hash, (pull, value) => pull with { Hash = value }),
        Flag("ascii", pull => pull.Ascii, (pull, value) => pull with { Ascii = value }),
    ];

    /// <summary>Reads a value, of which the reader has the first token.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="strict">Whether what is not known is an error, rather than passed over.</param>
    /// <exception cref="FormatException">It is of another form; the message says of which it is to be.</exception>
    public object? Read(ref Utf8JsonReader reader, bool strict)
    {
        switch (Form)
        {
            case PullForm.Text when reader.TokenType == JsonTokenType.String:
                return reader.GetString();
            case PullForm.Flag when reader.TokenType is JsonTokenType.True or JsonTokenType.False:
                return reader.GetBoolean();
            case PullForm.Number when reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number):
                return number;
            case PullForm.Span when reader.TokenType == JsonTokenType.String && PullSpan.TryParse(reader.GetString()!, out var span):
                return span;
            case PullForm.Texts when reader.TokenType == JsonTokenType.String:
                return new[] { reader.GetString()! };
            case PullForm.Texts when reader.TokenType == JsonTokenType.StartArray:
                var texts = new List<string>();
                while (reader.Read() && reader.TokenType == JsonTokenType.String)
                {
                    texts.Add(reader.GetString()!);
                }

                return reader.TokenType == JsonTokenType.EndArray ? texts.ToArray() : throw Wrong();
            case PullForm.Router when reader.TokenType == JsonTokenType.StartObject:
                return PullRouter.Read(ref reader, strict);
            default:
                throw Wrong();
        }
    }

    /// <summary>Writes the property, unless it is not given.</summary>
    public void Write(Utf8JsonWriter writer, NapterPull pull)
    {
        switch (Get(pull))
        {
            case null or IReadOnlyList<string> { Count: 0 }:
                break;
            case bool flag when flag == (Name == "enabled"):
                // As where it is left out.
                break;
            case bool flag:
                writer.WriteBoolean(Name, flag);
                break;
            case long number:
                writer.WriteNumber(Name, number);
                break;
            case TimeSpan span:
                writer.WriteString(Name, PullSpan.Write(span));
                break;
            case IReadOnlyList<string> texts:
                writer.WriteStartArray(Name);
                foreach (var text in texts)
                {
                    writer.WriteStringValue(text);
                }

                writer.WriteEndArray();
                break;
            case NapterRouter router:
                writer.WritePropertyName(Name);
                PullRouter.Write(writer, router);
                break;
            case var text:
                writer.WriteString(Name, (string)text);
                break;
        }
    }

    private static PullProperty Text(string name, Func<NapterPull, string?> get, Func<NapterPull, string?, NapterPull> set) =>
        new(name, PullForm.Text, get, (pull, value) => set(pull, (string?)value));

    private static PullProperty Texts(string name, Func<NapterPull, IReadOnlyList<string>> get, Func<NapterPull, IReadOnlyList<string>, NapterPull> set) =>
        new(name, PullForm.Texts, get, (pull, value) => set(pull, (IReadOnlyList<string>?)value ?? []));

    private static PullProperty Flag(string name, Func<NapterPull, bool> get, Func<NapterPull, bool, NapterPull> set) =>
        new(name, PullForm.Flag, pull => get(pull), (pull, value) => set(pull, (bool?)value ?? false));

    private static PullProperty Span(string name, Func<NapterPull, TimeSpan?> get, Func<NapterPull, TimeSpan?, NapterPull> set) =>
        new(name, PullForm.Span, pull => get(pull), (pull, value) => set(pull, (TimeSpan?)value));

    private static int? Int(object? value) => value is long number
        ? number is >= int.MinValue and <= int.MaxValue ? (int)number : throw new FormatException("is too great")
        : null;

    private static NapterMissedRun Missed(object? value) => Enum.TryParse<NapterMissedRun>((string?)value, ignoreCase: true, out var missed) && Enum.IsDefined(missed)
        ? missed
        : throw new FormatException("is Now or Skip");

    private FormatException Wrong() => new(Form switch
    {
        PullForm.Text => "is to be a text",
        PullForm.Texts => "is to be a text, or a list of texts",
        PullForm.Flag => "is to be true or false",
        PullForm.Number => "is to be a whole number",
        PullForm.Router => "is to be an object",
        PullForm.Span => "is to be a duration, such as \"90s\", \"15m\", \"4h\" or \"2d\"",
        _ => "cannot be understood",
    });
}

/// <summary>What a property's value is in JSON.</summary>
internal enum PullForm
{
    Text,
    Texts,
    Flag,
    Number,
    Span,
    Router,
}

/// <summary>Durations as people write them: <c>90s</c>, <c>15m</c>, <c>4h</c>, <c>2d</c>, or <c>[d.]hh:mm:ss</c>.</summary>
internal static class PullSpan
{
    private static readonly (string Unit, TimeSpan Length)[] Units =
        [("d", TimeSpan.FromDays(1)), ("h", TimeSpan.FromHours(1)), ("m", TimeSpan.FromMinutes(1)), ("s", TimeSpan.FromSeconds(1))];

    public static string Write(TimeSpan span)
    {
        foreach (var (unit, length) in Units)
        {
            if (span.Ticks % length.Ticks == 0)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{span.Ticks / length.Ticks}{unit}");
            }
        }

        return span.ToString("c", CultureInfo.InvariantCulture);
    }

    public static bool TryParse(string text, out TimeSpan span)
    {
        foreach (var (unit, length) in Units)
        {
            if (text.EndsWith(unit, StringComparison.OrdinalIgnoreCase)
                && double.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
                && count * length.TotalDays < 36500)
            {
                span = count * length;
                return true;
            }
        }

        return text.Contains(':', StringComparison.Ordinal) & TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out span);
    }
}
