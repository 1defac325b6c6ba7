using System.Globalization;

namespace NapterFtp.Simulator.Api;

/// <summary>Allows so many calls of a group, or of an operation, in a fixed minute, tells with each answer how many are left, and
/// answers 429 to the rest.</summary>
internal sealed class ApiRateLimit(SimulatorOptions options)
{
    /// <summary>What is told where there is no limit.</summary>
    private const int Unlimited = 100_000;

    private readonly object _lock = new();
    private readonly Dictionary<string, (DateTimeOffset Ends, int Calls)> _minutes = [];

    /// <summary>Counts a call, and carries it out if it may be.</summary>
    public HttpAnswer Apply(ApiOperation operation, Func<HttpAnswer> carry)
    {
        var limit = options.ApiCallsPerMinute > 0 ? options.ApiCallsPerMinute : Unlimited;
        int calls;
        TimeSpan left;
        lock (_lock)
        {
            var counted = options.ApiLimitScope == ApiLimitScope.Path ? operation.ToString() : GroupOf(operation);
            var now = options.TimeProvider.GetUtcNow();
            var minute = _minutes.GetValueOrDefault(counted);
            if (now >= minute.Ends)
            {
                minute = (now.AddMinutes(1), 0);
            }

            _minutes[counted] = minute = (minute.Ends, calls = minute.Calls + 1);
            left = minute.Ends - now;
        }

        var answer = calls > options.ApiCallsPerMinute && options.ApiCallsPerMinute > 0
            ? new ApiErrorException(429, "COM0005", "Too many requests.").ToAnswer()
            : carry();

        // A 429 that is a fault has what it is to have; a load balancer's page is none of SORACOM's answers.
        return options.ApiLimitScope == ApiLimitScope.Untold || (answer.Status == 429 && calls <= limit) || answer.ContentType == "text/html" ? answer : Tell(answer, limit, limit - calls, left);
    }

    public static HttpAnswer TooManyRequests(TimeSpan beforeRefresh) =>
        Tell(new ApiErrorException(429, "COM0005", "Too many requests.").ToAnswer(), 60, 0, beforeRefresh);

    private static HttpAnswer Tell(HttpAnswer answer, int limit, int remaining, TimeSpan beforeRefresh) => answer
        .With("X-Soracom-Ratelimit-Limit", limit.ToString(CultureInfo.InvariantCulture))
        .With("X-Soracom-Ratelimit-Remaining", Math.Max(remaining, 0).ToString(CultureInfo.InvariantCulture))
        .With("X-Soracom-Ratelimit-Seconds-Before-Refresh", Math.Ceiling(beforeRefresh.TotalSeconds).ToString(CultureInfo.InvariantCulture));

    /// <summary>The tags of SORACOM's OpenAPI description.</summary>
    private static string GroupOf(ApiOperation operation) => operation switch
    {
        ApiOperation.Auth or ApiOperation.Logout or ApiOperation.SwitchUser => "Auth",
        ApiOperation.GenerateAuthToken => "Operator",
        ApiOperation.SearchSims => "Query",
        ApiOperation.GetSim or ApiOperation.SendDownlinkPing or ApiOperation.SendDownlinkSsh
            or ApiOperation.ListSimPacketCaptureSessions or ApiOperation.CreateSimPacketCaptureSession or ApiOperation.GetSimPacketCaptureSession
            or ApiOperation.StopSimPacketCaptureSession or ApiOperation.DeleteSimPacketCaptureSession => "Sim",
        ApiOperation.GetNapterAuditLogs => "AuditLog",
        ApiOperation.Unknown => "Unknown",
        _ => "PortMapping",
    };
}
