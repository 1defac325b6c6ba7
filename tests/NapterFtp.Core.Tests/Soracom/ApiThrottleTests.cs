using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Soracom;

public sealed class ApiThrottleTests
{
    private static readonly ApiCall Call = new("PortMapping", "listPortMappings", HttpMethod.Get, "/port_mappings") { Purpose = "test" };

    [Fact]
    public async Task No_second_sees_more_calls_arrive_than_allowed_however_long_they_are_under_way()
    {
        var time = new WatchedTime();
        using var throttle = new ApiThrottle(new FixedPace(5), time);
        var random = new Random(1);
        var begun = new List<int>();
        var arrived = new List<DateTimeOffset>();
        var calls = Enumerable.Range(0, 43).Select(BeginAsync).ToArray();

        while (!calls.All(call => call.IsCompleted))
        {
            time.Advance(TimeSpan.FromMilliseconds(10));
            await Task.Yield();
        }

        await Task.WhenAll(calls);
        Assert.Equal(Enumerable.Range(0, 43), begun.Order());

        // Those whose turn comes at the same time begin on threads of their own.
        Assert.All(begun.Index(), call => Assert.InRange(call.Item, call.Index - 5, call.Index + 5));
        Assert.All(arrived, start => Assert.InRange(arrived.Count(other => other >= start && other < start + TimeSpan.FromSeconds(1)), 1, 5));

        async Task BeginAsync(int number)
        {
            using var turn = await throttle.BeginAsync(Call, new Deadline(time, TimeSpan.Zero, TimeSpan.FromHours(1)), TestContext.Current.CancellationToken);
            int way;
            lock (begun)
            {
                begun.Add(number);
                way = random.Next(0, 900);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(way), time, TestContext.Current.CancellationToken);
            lock (begun)
            {
                arrived.Add(time.GetUtcNow());
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), time, TestContext.Current.CancellationToken);
        }
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
}
