using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Soracom;

public sealed class ApiThrottleTests
{
    private static readonly ApiCall Call = new("PortMapping", "listPortMappings", HttpMethod.Get, "/port_mappings") { Purpose = "test" };

    [Fact]
    public async Task No_second_sees_more_calls_than_allowed()
    {
        var time = new WatchedTime();
        var throttle = new ApiThrottle(5, time);
        var begun = new List<DateTimeOffset>();
        var calls = Enumerable.Range(0, 23).Select(_ => BeginAsync()).ToArray();

        while (!calls.All(call => call.IsCompleted))
        {
            time.Advance(TimeSpan.FromMilliseconds(10));
        }

        await Task.WhenAll(calls);
        Assert.Equal(23, begun.Count);
        Assert.Equal(begun.Order(), begun);
        Assert.All(begun, start => Assert.InRange(begun.Count(other => other >= start && other < start + TimeSpan.FromSeconds(1)), 1, 5));
        Assert.InRange((begun[^1] - begun[0]).TotalSeconds, 4.4, 4.5);

        async Task BeginAsync()
        {
            await throttle.WaitAsync(Call, new Deadline(time, TimeSpan.FromMinutes(1)), TestContext.Current.CancellationToken);
            lock (begun)
            {
                begun.Add(time.GetUtcNow());
            }
        }
    }

    [Fact]
    public async Task A_call_whose_turn_comes_too_late_fails_at_once()
    {
        var time = new WatchedTime();
        var throttle = new ApiThrottle(1, time);
        await throttle.WaitAsync(Call, new Deadline(time, TimeSpan.FromSeconds(1)), TestContext.Current.CancellationToken);

        var error = await Assert.ThrowsAsync<SoracomApiException>(async () =>
            await throttle.WaitAsync(Call, new Deadline(time, TimeSpan.FromSeconds(1)), TestContext.Current.CancellationToken));

        Assert.Equal("SoracomRateLimited", error.ErrorId);
        Assert.False(error.MayHaveTakenEffect);
    }
}
