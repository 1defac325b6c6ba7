using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace NapterFtp.Soracom;

/// <summary>Repeats a call that failed for a passing reason, for as long as its caller can wait: after a 429 when
/// <see cref="ApiThrottle"/> gives it its turn again, else after a jittered and growing time. A call that may have had an effect is
/// repeated only if it is <see cref="ApiCall.Repeatable"/>.</summary>
internal sealed class ApiRetry
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(60);
    private static readonly ResiliencePropertyKey<State> StateKey = new("NapterFtp.State");

    private readonly ResiliencePipeline _pipeline;
    private readonly ILogger _logger;

    /// <param name="mayBeAbsent">Whether the API may not be there at all, in which case trying to reach it again is futile.</param>
    /// <param name="time">The clock of every wait.</param>
    /// <param name="logger">Told about each repetition.</param>
    public ApiRetry(Func<bool> mayBeAbsent, TimeProvider time, ILogger logger)
    {
        _logger = logger;
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = int.MaxValue,
                ShouldHandle = arguments => ValueTask.FromResult(
                    arguments.Outcome.Exception is SoracomApiException { IsTransient: true, MayHaveTakenEffect: false } error
                    && !(error.ErrorId == ApiErrors.UnreachableId && mayBeAbsent())
                    && Of(arguments.Context).Allows(error, arguments.AttemptNumber)),
                DelayGenerator = arguments => ValueTask.FromResult<TimeSpan?>(Of(arguments.Context).Delay),
                OnRetry = arguments =>
                {
                    Log(Of(arguments.Context), arguments.Outcome.Exception!);
                    return default;
                },
            })
            .Build();
    }

    public async Task<T> SendAsync<T>(
        ApiCall call, Deadline deadline, Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        try
        {
            context.Properties.Set(StateKey, new State(call, deadline));
            return await _pipeline.ExecuteAsync(
                static async (c, attempt) => await attempt(c.CancellationToken), context, attempt);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private static State Of(ResilienceContext context) => context.Properties.GetValue(StateKey, null!);

    private void Log(State state, Exception error) =>
        _logger.LogDebug("{Operation} will be repeated in {Seconds:0.0} s: {Error}", state.Call.Operation, state.Delay.TotalSeconds, error.Message);

    private sealed class State(ApiCall call, Deadline deadline)
    {
        public ApiCall Call => call;

        /// <summary>How long to wait before the next attempt.</summary>
        public TimeSpan Delay { get; private set; }

        /// <summary>Whether the wait before the next attempt leaves the caller any time for it.</summary>
        public bool Allows(SoracomApiException error, int attempt)
        {
            if (error.ErrorId == ApiErrors.RateLimitedId)
            {
                // The wait for the turn is the throttle's; where it gave up itself, nothing was answered and nothing is left to wait.
                Delay = TimeSpan.Zero;
                return error.StatusCode is not null && (error.RetryAfter ?? TimeSpan.Zero) < deadline.TurnRemaining;
            }

            Delay = error.RetryAfter ?? Backoff(attempt);
            return Delay < deadline.Remaining;
        }

        private static TimeSpan Backoff(int attempt)
        {
            var full = FirstDelay * Math.Pow(2, Math.Min(attempt, 10));
            return (full < LongestDelay ? full : LongestDelay) * (0.5 + (Random.Shared.NextDouble() / 2));
        }
    }
}
