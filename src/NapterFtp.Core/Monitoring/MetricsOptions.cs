namespace NapterFtp.Monitoring;

/// <summary>What a service tells whoever watches it, and where.</summary>
internal sealed record MetricsOptions
{
    /// <summary>The address of the page that binds all of the computer's.</summary>
    public const string AnyAddress = "*";

    private static readonly string[] CollectorVariables =
        ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];

    /// <summary>The port of the Prometheus page, 1 to 65535; 0 for any that is free, null for no page.</summary>
    public int? Port { get; init; }

    /// <summary>The local address or host name of the page, or <see cref="AnyAddress"/>.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>The environment, of which OpenTelemetry's variables count: <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>, without which nothing goes to
    /// a collector, and those for its protocol, headers, interval and attributes.</summary>
    public IReadOnlyDictionary<string, string?> Variables { get; init; } = new Dictionary<string, string?>();

    /// <summary>Which service of many this is: the resource attribute <c>service.instance.id</c>.</summary>
    public required string Instance { get; init; }

    /// <summary>Why the service cannot do its work now, or null where it can: what the page <c>/health</c> says.</summary>
    public required Func<string?> Trouble { get; init; }

    /// <summary>Whether anybody is to be told.</summary>
    public bool IsWanted => Port is not null || HasCollector;

    /// <summary>Whether a collector is named.</summary>
    public bool HasCollector => CollectorVariables.Any(name => !string.IsNullOrEmpty(Variables.GetValueOrDefault(name)));
}
