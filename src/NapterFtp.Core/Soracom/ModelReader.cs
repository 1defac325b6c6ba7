using System.Globalization;
using System.Net;
using System.Text.Json;

namespace NapterFtp.Soracom;

/// <summary>Makes models of SORACOM's JSON; null where the least that a model needs is missing.</summary>
internal static class ModelReader
{
    /// <summary>How IMSIs of SIMs begin that exist for Arc only.</summary>
    public const string ArcOnlyImsi = "99999";

    /// <summary>Schema <c>PortMapping</c>.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="asked">The device's port that it was asked for; null where it was not asked for now, but listed.</param>
    public static PortMapping? PortMapping(JsonElement entry, int? asked = null)
    {
        var destination = entry.Child("destination") ?? default;
        if (EndPoint(entry) is not { } endPoint || (destination.Port("port") ?? asked) is not { } devicePort)
        {
            return null;
        }

        var created = entry.Time("createdTime");
        var simId = NotEmpty(entry.Text("simId")) ?? NotEmpty(destination.Text("simId"));
        return new PortMapping
        {
            EndPoint = endPoint,
            HostName = NotEmpty(entry.Text("hostname")) ?? GatewayHostName(endPoint.Address),
            Imsi = NotEmpty(entry.Text("imsi")) ?? (simId is null ? NotEmpty(destination.Text("imsi")) : null),
            SimId = simId,
            DevicePort = devicePort,
            CreatedAt = created,
            ExpiresAt = entry.Time("expiredTime")
                ?? (created is not null && entry.Whole("duration") is { } seconds and > 0 and <= 86_400
                    ? created.Value.AddSeconds(seconds)
                    : null),
            Expired = entry.Flag("expired") ?? false,
            TlsRequired = entry.Flag("tlsRequired") ?? false,
            Placement = NotEmpty(entry.Text("placement")),
            SourceRanges = entry.Child("source") is { } source ? source.Texts("ipRanges") : [],
        };
    }

    /// <summary>Schema <c>Sim</c>.</summary>
    public static NapterSim? Sim(JsonElement sim)
    {
        if (NotEmpty(sim.Text("simId")) is not { } simId)
        {
            return null;
        }

        var session = sim.Child("sessionStatus") ?? default;
        var profile = ActiveProfile(sim);
        var imsi = NotEmpty(session.Text("imsi")) ?? NotEmpty(profile.Text("primaryImsi"));
        var subscriber = imsi is null ? default : profile.Child("subscribers")?.Child(imsi) ?? default;
        var tags = Tags(sim);
        tags.Remove("name", out var name);
        return new NapterSim
        {
            SimId = simId,
            Imsi = imsi,
            Service = imsi?.StartsWith(ArcOnlyImsi, StringComparison.Ordinal) == true && session.Flag("online") != true ? SimService.Arc : SimService.Air,
            Name = name ?? "",
            Tags = tags,
            Online = session.Flag("online") ?? false,
            Status = sim.Text("status"),
            SpeedClass = sim.Text("speedClass"),
            Subscription = NotEmpty(session.Text("subscription")) ?? NotEmpty(subscriber.Text("subscription")),
            IpAddress = session.Address("ueIpAddress"),
            Imei = NotEmpty(session.Text("imei")),
            RadioType = session.Child("cell")?.Text("radioType"),
            MobileCountry = (int?)session.Child("cell")?.Whole("mcc"),
            GroupId = NotEmpty(sim.Text("groupId")),
            SerialNumber = NotEmpty(sim.Text("serialNumber")),
            ModuleType = sim.Text("moduleType"),
            LastSeen = Later(session.Time("lastUpdatedAt"), sim.Time("lastLocationUpdateTime")),
            LastPortCreatedAt = sim.Time("lastPortMappingCreatedTime"),
            CreatedAt = sim.Time("createdTime"),
        };
    }

    /// <summary>Schema <c>NapterAuditLogEntry</c>.</summary>
    public static NapterAuditLogEntry? AuditLogEntry(JsonElement entry)
    {
        var direction = entry.Child("direction") ?? default;
        return entry.Time("createdAt") is not { } time || NotEmpty(entry.Text("type")) is not { } type
            ? null
            : new NapterAuditLogEntry
            {
                Time = time,
                Type = type,
                Imsi = NotEmpty(entry.Text("imsi")),
                ConnectionId = NotEmpty(entry.Text("connectionId")),
                SourceAddress = direction.Address("sourceIPAddress"),
                SourcePort = direction.Port("sourcePort"),
                DestinationAddress = direction.Address("destinationIPAddress"),
                DestinationPort = direction.Port("destinationPort"),
                Tls = entry.Flag("tls") ?? false,
            };
    }

    private static IPEndPoint? EndPoint(JsonElement entry)
    {
        if (entry.Address("ipAddress") is { } address && entry.Port("port") is { } port)
        {
            return new IPEndPoint(address, port);
        }

        return IPEndPoint.TryParse(entry.Text("endpoint") ?? "", out var endPoint) && endPoint.Port != 0 ? endPoint : null;
    }

    /// <summary>The gateway's name is its address with dashes.</summary>
    private static string GatewayHostName(IPAddress address) =>
        $"{address.ToString().Replace('.', '-').Replace(':', '-')}.napter.soracom.io";

    private static JsonElement ActiveProfile(JsonElement sim)
    {
        if (sim.Child("profiles") is not { ValueKind: JsonValueKind.Object } profiles)
        {
            return default;
        }

        var active = sim.Text("activeProfileId") is { } id ? profiles.Child(id) : null;
        return active ?? profiles.EnumerateObject().Select(profile => profile.Value).FirstOrDefault();
    }

    private static Dictionary<string, string> Tags(JsonElement sim)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        if (sim.Child("tags") is { ValueKind: JsonValueKind.Object } set)
        {
            foreach (var tag in set.EnumerateObject())
            {
                tags[tag.Name] = JsonFields.AsText(tag.Value) ?? "";
            }
        }

        return tags;
    }

    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static DateTimeOffset? Later(DateTimeOffset? one, DateTimeOffset? other) => one > other || other is null ? one : other;
}

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
