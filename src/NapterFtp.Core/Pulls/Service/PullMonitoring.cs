using System.Collections;
using NapterFtp.Monitoring;

namespace NapterFtp.Pulls.Service;

/// <summary>Shows what a member of a service does to the programs that watch it: by a page of metrics, a collector, a log, and the service manager
/// that started it.</summary>
internal sealed class PullMonitoring : IDisposable
{
    private readonly PullWatch _watch;
    private readonly MetricsExport? _export;
    private readonly JsonLog? _log;

    private PullMonitoring(PullWatch watch, MetricsExport? export, JsonLog? log)
    {
        (_watch, _export, _log) = (watch, export, log);
        Observer = new PullObservers([watch, new PullMetrics(), .. log is null ? (IPullObserver[])[] : [new PullLog(log)]]);
    }

    /// <summary>Hears of what the member does.</summary>
    public IPullObserver Observer { get; }

    /// <summary>The address of the page of metrics; null where there is none.</summary>
    public Uri? Page => _export?.Page;

    /// <summary>Begins.</summary>
    /// <param name="options">What is shown, and where.</param>
    /// <param name="member">The member's name.</param>
    /// <param name="store">What its store is called.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="NapterFtpException"><c>MetricsPortNotAvailable</c>, <c>LogNotWritable</c>.</exception>
    public static PullMonitoring Start(PullMonitoringOptions options, string member, string store, TimeProvider time)
    {
        var log = options.LogPath is { } path ? JsonLog.Open(path, time) : null;
        PullWatch? watch = null;
        try
        {
            watch = new PullWatch(store, name => options.Variables.GetValueOrDefault(name), time);
            var metrics = new MetricsOptions
            {
                Port = options.MetricsPort,
                Address = options.MetricsAddress ?? "127.0.0.1",
                Variables = options.Variables,
                Instance = member,
                Trouble = watch.Trouble,
            };
            return new PullMonitoring(watch, metrics.IsWanted ? MetricsExport.Start(metrics) : null, log);
        }
        catch
        {
            watch?.Dispose();
            log?.Dispose();
            throw;
        }
    }

    /// <summary>The member works from now on.</summary>
    public void Ready() => _watch.Ready();

    /// <summary>The member is about to end.</summary>
    public void Stopping() => _watch.Stopping();

    public void Dispose()
    {
        _export?.Dispose();
        _watch.Dispose();
        _log?.Dispose();
    }
}

/// <summary>What a member of a service shows to the programs that watch it.</summary>
internal sealed record PullMonitoringOptions
{
    /// <summary>The port of the page of metrics, 1 to 65535; 0 for any that is free, null for no page.</summary>
    public int? MetricsPort { get; init; }

    /// <summary>The address of that page, <c>*</c> for all; null for this computer alone.</summary>
    public string? MetricsAddress { get; init; }

    /// <summary>The full path of a log of JSON lines; null for none.</summary>
    public string? LogPath { get; init; }

    /// <summary>The environment: OpenTelemetry's variables and systemd's. This process's by default.</summary>
    public IReadOnlyDictionary<string, string?> Variables { get; init; } = Environment.GetEnvironmentVariables()
        .Cast<DictionaryEntry>().DistinctBy(entry => (string)entry.Key, StringComparer.OrdinalIgnoreCase).ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value, StringComparer.Ordinal);
}
