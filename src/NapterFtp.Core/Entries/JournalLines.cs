using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text.Json;

namespace NapterFtp.Entries;

/// <summary>The journal's lines, one JSON object each. Written and read by hand: a serializer would cost the first transfer more
/// than the port.</summary>
internal static class JournalLines
{
    public static byte[] Owner(JournalOwner owner) => Line("owner", json =>
    {
        json.WriteNumber("pid", owner.Pid);
        json.WriteString("started", owner.StartedAt);
        json.WriteString("computer", owner.Computer);
        json.WriteString("account", owner.Account);
        json.WriteString("api", owner.Api);
    });

    public static byte[] Opening(JournalRecord record) => Line("opening", json =>
    {
        json.WriteNumber("n", record.Number);
        json.WriteString(record.Call.Device.Imsi is null ? "simId" : "imsi", record.Call.Device.ToString());
        if (record.Call.Device.Service is { } service)
        {
            json.WriteString("service", service.ToString());
        }

        json.WriteNumber("devicePort", record.Call.DevicePort);
        json.WriteNumber("seconds", record.Call.Duration.TotalSeconds);
        json.WriteString("asked", record.Call.AskedAt);
    });

    public static byte[] Opened(JournalRecord record) => Line("open", json =>
    {
        json.WriteNumber("n", record.Number);
        json.WriteString("endPoint", record.EndPoint!.ToString());
        if (record.CreatedAt is { } created)
        {
            json.WriteString("created", created);
        }

        if (record.ExpiresAt is { } expires)
        {
            json.WriteString("expires", expires);
        }
    });

    public static byte[] Closed(long number) => Line("closed", json => json.WriteNumber("n", number));

    public static byte[] Abandoned() => Line("abandoned", _ => { });

    /// <summary>What a journal says. Lines that make no sense, as the last of a killed process may, are passed over.</summary>
    public static JournalContent Read(IEnumerable<string> lines)
    {
        JournalOwner? owner = null;
        var abandoned = false;
        var open = new Dictionary<long, JournalRecord>();
        foreach (var line in lines)
        {
            try
            {
                using var json = JsonDocument.Parse(line);
                var root = json.RootElement;
                switch (root.GetProperty("is").GetString())
                {
                    case "owner":
                        owner = ReadOwner(root);
                        break;
                    case "opening":
                        var opening = ReadOpening(root);
                        open[opening.Number] = opening;
                        break;
                    case "open" when open.TryGetValue(root.GetProperty("n").GetInt64(), out var record):
                        open[record.Number] = ReadOpened(root, record);
                        break;
                    case "closed":
                        open.Remove(root.GetProperty("n").GetInt64());
                        break;
                    case "abandoned":
                        abandoned = true;
                        break;
                }
            }
            catch (Exception exception) when (exception
                is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or NapterFtpException)
            {
            }
        }

        return new JournalContent(owner, abandoned, [.. open.Values]);
    }

    private static JournalOwner ReadOwner(JsonElement root) => new(
        root.GetProperty("pid").GetInt32(),
        root.GetProperty("started").GetDateTimeOffset(),
        Text(root, "computer"),
        Text(root, "account"),
        Text(root, "api"));

    private static JournalRecord ReadOpening(JsonElement root)
    {
        var device = root.TryGetProperty("imsi", out var imsi)
            ? DeviceTarget.FromImsi(imsi.GetString() ?? "")
            : DeviceTarget.FromSimId(
                Text(root, "simId"),
                root.TryGetProperty("service", out var service) && Enum.TryParse<SimService>(service.GetString(), out var known) ? known : SimService.Air);
        return new JournalRecord(
            root.GetProperty("n").GetInt64(),
            new EntryCall(
                device,
                root.GetProperty("devicePort").GetInt32(),
                TimeSpan.FromSeconds(root.GetProperty("seconds").GetDouble()),
                root.GetProperty("asked").GetDateTimeOffset()));
    }

    private static JournalRecord ReadOpened(JsonElement root, JournalRecord record) => record with
    {
        EndPoint = IPEndPoint.Parse(Text(root, "endPoint")),
        CreatedAt = root.TryGetProperty("created", out var created) ? created.GetDateTimeOffset() : null,
        ExpiresAt = root.TryGetProperty("expires", out var expires) ? expires.GetDateTimeOffset() : null,
    };

    private static string Text(JsonElement root, string name) =>
        root.GetProperty(name).GetString() ?? throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{name} is null."));

    private static byte[] Line(string what, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("is", what);
            write(json);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }
}

/// <summary>What one journal says.</summary>
/// <param name="Owner">Who keeps it; null where the line is missing or spoilt.</param>
/// <param name="Abandoned">Whether its keeper closed it although entries were left.</param>
/// <param name="Open">The entries that may still be open.</param>
internal sealed record JournalContent(JournalOwner? Owner, bool Abandoned, IReadOnlyList<JournalRecord> Open)
{
    public static JournalContent Empty { get; } = new(null, false, []);
}

/// <summary>What other journals say, to tell others' entries from ours.</summary>
/// <param name="Known">End points of their entries.</param>
/// <param name="Unanswered">Their create calls of the last minutes whose answer is out.</param>
internal sealed record JournalView(IReadOnlySet<IPEndPoint> Known, IReadOnlyList<EntryCall> Unanswered)
{
    private static readonly TimeSpan LongestCall = TimeSpan.FromMinutes(2);

    public static JournalView Empty { get; } = new(new HashSet<IPEndPoint>(), []);

    public static JournalView Of(IEnumerable<JournalContent> journals, DateTimeOffset now)
    {
        var open = journals.SelectMany(journal => journal.Open).ToList();
        return new JournalView(
            open.Select(record => record.EndPoint).OfType<IPEndPoint>().ToHashSet(),
            [.. open.Where(record => record.EndPoint is null && now - record.Call.AskedAt < LongestCall).Select(record => record.Call)]);
    }

    public JournalView With(JournalView later) => new(Known.Union(later.Known).ToHashSet(), [.. Unanswered, .. later.Unanswered]);
}
