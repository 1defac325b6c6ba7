using System.Globalization;
using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Soracom;

public sealed class ApiThrottleTests
{
    private static readonly ApiCall Call = new("PortMapping", "listPortMappings", HttpMethod.Get, "/port_mappings") { Purpose = "test" };

    [Fact]
    public async Task No_second_sees_more_calls_arrive_than_allowed_however_long_they_are_under_way()
    {
        var time = new WatchedTime();
        var pace = new NotedPace(new FixedPace(5));
        using var throttle = new ApiThrottle(pace, time);
        var random = new Random(1);
        var arrived = new List<DateTimeOffset>();
        var calls = Enumerable.Range(0, 43).Select(BeginAsync).ToArray();

        while (!calls.All(call => call.IsCompleted))
        {
            time.Advance(TimeSpan.FromMilliseconds(10));
            await Task.Yield();
        }

        await Task.WhenAll(calls);
        Assert.Equal(Enumerable.Range(0, 43).Select(Purpose), pace.Begun);
        Assert.All(arrived, start => Assert.InRange(arrived.Count(other => other >= start && other < start + TimeSpan.FromSeconds(1)), 1, 5));

        async Task BeginAsync(int number)
        {
            using var turn = await throttle.BeginAsync(
                Call with { Purpose = Purpose(number) }, new Deadline(time, TimeSpan.Zero, TimeSpan.FromHours(1)), TestContext.Current.CancellationToken);
            int way;
            lock (arrived)
            {
                way = random.Next(0, 900);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(way), time, TestContext.Current.CancellationToken);
            lock (arrived)
            {
                arrived.Add(time.GetUtcNow());
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), time, TestContext.Current.CancellationToken);
        }

        static string Purpose(int number) => number.ToString(CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task A_call_without_an_answer_gives_its_place_back_after_a_while()
    {
        var time = new WatchedTime();
        using var throttle = new ApiThrottle(new FixedPace(1), time);
        using var unanswered = await throttle.BeginAsync(Call, new Deadline(time, TimeSpan.Zero, TimeSpan.FromSeconds(1)), TestContext.Current.CancellationToken);

        var next = throttle.BeginAsync(Call, new Deadline(time, TimeSpan.Zero, TimeSpan.FromSeconds(10)), TestContext.Current.CancellationToken).AsTask();
        Assert.Equal(TimeSpan.FromSeconds(6), await time.PassAsync(wait => wait > TimeSpan.FromSeconds(1)));

        using var turn = await next;
    }

    [Fact]
    public async Task A_call_whose_turn_comes_too_late_fails_at_once()
    {
        var time = new WatchedTime();
        using var throttle = new ApiThrottle(new FixedPace(1), time);
        using var first = await throttle.BeginAsync(Call, new Deadline(time, TimeSpan.Zero, TimeSpan.FromSeconds(1)), TestContext.Current.CancellationToken);

        var error = await Assert.ThrowsAsync<SoracomApiException>(async () =>
            await throttle.BeginAsync(Call, new Deadline(time, TimeSpan.Zero, TimeSpan.FromMilliseconds(900)), TestContext.Current.CancellationToken));

        Assert.Equal("SoracomRateLimited", error.ErrorId);
        Assert.False(error.MayHaveTakenEffect);
    }

    [Fact]
    public async Task Neither_a_call_that_gave_up_nor_one_that_had_its_turn_is_ahead_of_the_next()
    {
        var time = new WatchedTime();
        using var throttle = new ApiThrottle(new FixedPace(1), time);
        using var first = await BeginAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        using var impatience = new CancellationTokenSource();
        var gaveUp = BeginAsync(TimeSpan.FromSeconds(10), impatience.Token);
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gaveUp);

        // With another ahead the turn would come in two seconds, so these would fail at once.
        var last = first;
        for (var call = 0; call < 2; call++)
        {
            var next = BeginAsync(TimeSpan.FromSeconds(1.5), TestContext.Current.CancellationToken);
            last.Dispose();
            time.Advance(TimeSpan.FromSeconds(1));
            last = await next;
        }

        last.Dispose();

        Task<ApiTurn> BeginAsync(TimeSpan turnPatience, CancellationToken cancellationToken) =>
            throttle.BeginAsync(Call, new Deadline(time, TimeSpan.Zero, turnPatience), cancellationToken).AsTask();
    }

    /// <summary>Notes in which order calls are given their turn; those given at the same time go on on threads of their own.</summary>
    private sealed class NotedPace(IApiPace inner) : IApiPace
    {
        public List<string> Begun { get; } = [];

        public string LaneOf(ApiCall call) => inner.LaneOf(call);

        public TimeSpan? Wait(ApiCall call, TimeSpan now) => inner.Wait(call, now);

        public TimeSpan Soonest(ApiCall call, int ahead, TimeSpan now) => inner.Soonest(call, ahead, now);

        public object? Begin(ApiCall call, TimeSpan now)
        {
            Begun.Add(call.Purpose);
            return inner.Begin(call, now);
        }

        public void End(ApiCall call, object? place, ApiOutcome outcome, TimeSpan now) => inner.End(call, place, outcome, now);

        public void Hurry() => inner.Hurry();

        public string Describe(ApiCall call) => inner.Describe(call);

        public double? CallsPerMinute(string group) => inner.CallsPerMinute(group);
    }
}
