using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace NapterFtp.Diagnostics;

/// <summary>The <see cref="ActivitySource"/> and <see cref="Meter"/> that OpenTelemetry listens to, both named <c>NapterFtp</c>.</summary>
internal static class NapterFtpDiagnostics
{
    public const string Name = "NapterFtp";

    public static ActivitySource Activities { get; } = new(Name);

    public static Meter Meter { get; } = new(Name);

    /// <summary>A histogram of how long something takes, in seconds: what calls and ports take, and what copies do.</summary>
    public static Histogram<double> CreateDuration(string name, string description) => Meter.CreateHistogram(
        name, "s", description, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Bounds });

    private static IReadOnlyList<double> Bounds { get; } = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];
}

/// <summary>The metrics of Napter ports, on the meter <c>NapterFtp</c>.</summary>
/// <remarks>
/// <list type="table">
/// <item><term><c>napterftp.port.open</c></term><description>up-down counter, {port}: entries open now, by <c>napterftp.port.kind</c> (control, data, tunnel)</description></item>
/// <item><term><c>napterftp.port.opens</c></term><description>counter, {port}: ports asked for, by <c>napterftp.port.kind</c> and <c>napterftp.outcome</c> (opened, failed)</description></item>
/// <item><term><c>napterftp.port.open.duration</c></term><description>histogram, s: from asking to an open port, by <c>napterftp.port.kind</c></description></item>
/// <item><term><c>napterftp.port.reuses</c></term><description>counter, {port}: lingering ports handed out again</description></item>
/// <item><term><c>napterftp.port.close.retries</c></term><description>counter, {call}: deletes that failed and are repeated</description></item>
/// <item><term><c>napterftp.port.bytes</c></term><description>counter, By: bytes relayed, counted when a port ends, by <c>napterftp.port.kind</c> and <c>napterftp.direction</c> (from_device, to_device)</description></item>
/// </list>
/// Activities, on the source <c>NapterFtp</c>: <c>napterftp.port.open</c> (the create call and, where its answer was lost, the search
/// for the entry), <c>napterftp.port.close</c> (the delete call and its repetitions).
/// </remarks>
internal static class EntryInstruments
{
    private const string Kind = "napterftp.port.kind";

    public static Counter<long> CloseRetries { get; } =
        NapterFtpDiagnostics.Meter.CreateCounter<long>("napterftp.port.close.retries", "{call}", "Deletions of ports that failed and are repeated.");

    private static readonly UpDownCounter<long> OpenPorts =
        NapterFtpDiagnostics.Meter.CreateUpDownCounter<long>("napterftp.port.open", "{port}", "Ports that are open now.");

    private static readonly Counter<long> Opens =
        NapterFtpDiagnostics.Meter.CreateCounter<long>("napterftp.port.opens", "{port}", "Ports asked for.");

    private static readonly Histogram<double> OpenDuration =
        NapterFtpDiagnostics.CreateDuration("napterftp.port.open.duration", "Time from asking for a port to its being open.");

    private static readonly Counter<long> Reuses =
        NapterFtpDiagnostics.Meter.CreateCounter<long>("napterftp.port.reuses", "{port}", "Lingering ports handed out again.");

    private static readonly Counter<long> Bytes =
        NapterFtpDiagnostics.Meter.CreateCounter<long>("napterftp.port.bytes", "By", "Bytes relayed, counted when a port ends.");

    public static void Opened(NapterPortKind kind, TimeSpan waited)
    {
        var tag = Tag(kind);
        OpenPorts.Add(1, tag);
        Opens.Add(1, tag, new("napterftp.outcome", "opened"));
        OpenDuration.Record(waited.TotalSeconds, tag);
    }

    public static void NotOpened(NapterPortKind kind) => Opens.Add(1, Tag(kind), new("napterftp.outcome", "failed"));

    public static void Reused(NapterPortKind kind) => Reuses.Add(1, Tag(kind));

    public static void Ended(NapterPortKind kind, long fromDevice, long toDevice)
    {
        var tag = Tag(kind);
        OpenPorts.Add(-1, tag);
        Bytes.Add(fromDevice, tag, new("napterftp.direction", "from_device"));
        Bytes.Add(toDevice, tag, new("napterftp.direction", "to_device"));
    }

    private static KeyValuePair<string, object?> Tag(NapterPortKind kind) => new(Kind, kind switch
    {
        NapterPortKind.Control => "control",
        NapterPortKind.Data => "data",
        _ => "tunnel",
    });
}
