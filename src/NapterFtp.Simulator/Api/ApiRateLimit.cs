using System.Globalization;

namespace NapterFtp.Simulator.Api;

/// <summary>Allows so many calls in a fixed minute and answers 429 to the rest.</summary>
internal sealed class ApiRateLimit(int callsPerMinute, TimeProvider time)
{
    private readonly object _lock = new();
    private DateTimeOffset _minuteEnds;
    private int _calls;

    /// <summary>Null where the call may go on.</summary>
    public HttpAnswer? Check()
    {
        if (callsPerMinute <= 0)
        {
            return null;
        }

        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (now >= _minuteEnds)
            {
                _minuteEnds = now.AddMinutes(1);
                _calls = 0;
            }

            return ++_calls > callsPerMinute ? TooManyRequests(callsPerMinute, _minuteEnds - now) : null;
        }
    }

    public static HttpAnswer TooManyRequests(int limit, TimeSpan beforeRefresh) =>
        new ApiErrorException(429, "COM0005", "Too many requests.").ToAnswer()
            .With("X-Soracom-Ratelimit-Limit", limit.ToString(CultureInfo.InvariantCulture))
            .With("X-Soracom-Ratelimit-Remaining", "0")
            .With("X-Soracom-Ratelimit-Seconds-Before-Refresh", Math.Ceiling(beforeRefresh.TotalSeconds).ToString(CultureInfo.InvariantCulture));
}
