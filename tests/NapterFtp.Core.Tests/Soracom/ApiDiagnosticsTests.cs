using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using NapterFtp.Diagnostics;

namespace NapterFtp.Core.Tests.Soracom;

public sealed class ApiDiagnosticsTests
{
    [Fact]
    public async Task Each_call_is_logged_counted_timed_and_traced_with_its_status()
    {
        var measured = new ConcurrentQueue<string>();
        using var meters = new MeterListener();
        meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == NapterFtpDiagnostics.Name)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        meters.SetMeasurementEventCallback<long>((instrument, _, tags, _) => measured.Enqueue(Describe(instrument, tags)));
        meters.SetMeasurementEventCallback<double>((instrument, _, tags, _) => measured.Enqueue(Describe(instrument, tags)));
        meters.Start();
        var traced = new ConcurrentQueue<Activity>();
        using var activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == NapterFtpDiagnostics.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = traced.Enqueue,
        };
        ActivitySource.AddActivityListener(activities);
        await using var fixture = new SoracomFixture();
        // A status that no other test's call has.
        fixture.Api.On("GET", "/v1/sims/8981100000000000001", _ => FakeSoracom.Json(HttpStatusCode.UnavailableForLegalReasons, "{}"));
        var connection = await fixture.ConnectAsync();

        await Assert.ThrowsAnyAsync<NapterFtpException>(() =>
            connection.Api.GetSimAsync("8981100000000000001", TestContext.Current.CancellationToken));

        Assert.Contains("Debug GET /v1/sims/8981100000000000001: 451 in 0 ms ", fixture.Log.Lines);
        Assert.Contains("napterftp.api.calls getSim 451", measured);
        Assert.Contains("napterftp.api.duration getSim 451", measured);
        var trace = Assert.Single(traced, activity => 451.Equals(activity.GetTagItem("http.response.status_code")));
        Assert.Equal(("SORACOM getSim", ActivityKind.Client, ActivityStatusCode.Error), (trace.OperationName, trace.Kind, trace.Status));
    }

    private static string Describe(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var values = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value);
        return values.TryGetValue("soracom.operation", out var operation)
            ? $"{instrument.Name} {operation} {values["http.response.status_code"]}"
            : instrument.Name;
    }
}
