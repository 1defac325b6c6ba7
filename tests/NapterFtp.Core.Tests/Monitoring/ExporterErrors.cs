using System.Collections.Concurrent;
using System.Diagnostics.Tracing;

namespace NapterFtp.Core.Tests.Monitoring;

/// <summary>What OpenTelemetry's library says of its own failures in this process: it answers them with a bare 500.</summary>
internal sealed class ExporterErrors : EventListener
{
    private readonly ConcurrentQueue<string> _errors = new();

    public override string ToString() => string.Join('\n', _errors);

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name.StartsWith("OpenTelemetry", StringComparison.Ordinal))
        {
            EnableEvents(eventSource, EventLevel.Error);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData) =>
        _errors.Enqueue($"{eventData.EventSource.Name} {eventData.EventName}: {string.Join(" | ", eventData.Payload ?? (IEnumerable<object?>)[])}");
}
