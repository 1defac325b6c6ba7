using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using NapterFtp.Diagnostics;

namespace NapterFtp.Soracom;

/// <summary>Counts API calls: <c>napterftp.api.calls</c> and <c>napterftp.api.duration</c> (seconds), by <c>soracom.operation</c>
/// and <c>http.response.status_code</c> (0: no answer).</summary>
internal static class ApiMetrics
{
    private static readonly Counter<long> Calls =
        NapterFtpDiagnostics.Meter.CreateCounter<long>("napterftp.api.calls", "{call}", "Calls of SORACOM's API.");

    private static readonly Histogram<double> Duration =
        NapterFtpDiagnostics.CreateDuration("napterftp.api.duration", "Time from sending a call of SORACOM's API to its answer.");

    public static void Record(ApiCall call, HttpStatusCode? status, TimeSpan duration)
    {
        var tags = new TagList
        {
            { "soracom.operation", call.Operation },
            { "http.response.status_code", (int)(status ?? 0) },
        };
        Calls.Add(1, tags);
        Duration.Record(duration.TotalSeconds, tags);
    }

    public static Activity? Start(ApiCall call, Uri endPoint)
    {
        var activity = NapterFtpDiagnostics.Activities.StartActivity($"SORACOM {call.Operation}", ActivityKind.Client);
        activity?.SetTag("soracom.operation", call.Operation)
            .SetTag("http.request.method", call.Method.Method)
            .SetTag("server.address", endPoint.Host);
        return activity;
    }
}
