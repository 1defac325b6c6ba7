using Microsoft.Extensions.Time.Testing;
using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Soracom;

/// <summary>The pace that SORACOM's answers allow, against a server that counts calls in fixed minutes, all on a clock in hand.</summary>
public sealed class RateBudgetTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(25);

    [Theory]
    [InlineData(600, 1)]
    [InlineData(600, 4)]
    [InlineData(100, 4)]
    [InlineData(60, 4)]
    [InlineData(6_000, 4)]
    public void Processes_that_do_not_know_of_each_other_use_what_the_limit_less_the_reserve_allows_and_are_never_refused(int limit, int processes)
    {
        var world = new World(limit);
        var clients = Enumerable.Range(0, processes).Select(_ => world.NewClient()).ToArray();
        var calls = (int)(limit * 0.8 * 3) / processes;
        var atATime = Math.Min(calls, 360);
        var work = clients.SelectMany(client => Enumerable.Range(0, atATime).Select(_ => client.CallAsync(ApiOrder.Goes, calls / atATime))).ToArray();

        world.Run(() => work.All(call => call.IsCompleted), TimeSpan.FromMinutes(5));

        Assert.Equal(0, world.Refused);
        Assert.InRange(world.Elapsed.TotalMinutes, 2, 3 * 1.15);
        Assert.All(world.Minutes, calls => Assert.InRange(calls, 0, (limit * 0.8) + (processes * 4)));
    }

    [Fact]
    public void A_process_that_comes_late_shares_what_is_left()
    {
        var world = new World(600);
        var first = world.NewClient();
        var work = Enumerable.Range(0, 2_000).Select(_ => first.CallAsync(ApiOrder.Goes)).ToArray();
        world.Run(() => world.Elapsed > TimeSpan.FromSeconds(90), TimeSpan.FromMinutes(2));

        var late = world.NewClient();
        var own = Enumerable.Range(0, 60).Select(_ => late.CallAsync(ApiOrder.Goes)).ToArray();
        world.Run(() => own.All(call => call.IsCompleted), TimeSpan.FromMinutes(2));

        Assert.Equal(0, world.Refused);
        Assert.InRange(world.Elapsed.TotalSeconds, 90, 90 + 45);
        world.Stop();
        Assert.All(work, call => Assert.True(call.IsCompleted));
    }

    [Fact]
    public void A_fresh_minute_lets_a_burst_go_at_once()
    {
        var world = new World(600);
        var client = world.NewClient();
        var work = Enumerable.Range(0, 100).Select(_ => client.CallAsync(ApiOrder.Goes)).ToArray();

        world.Run(() => work.All(call => call.IsCompleted), TimeSpan.FromMinutes(1));

        Assert.InRange(world.Elapsed.TotalSeconds, 0, 2);
    }

    [Fact]
    public void Calls_of_others_are_seen_in_what_is_left()
    {
        var world = new World(600);
        var client = world.NewClient();
        world.TakeByOthers(500);
        var work = Enumerable.Range(0, 50).Select(_ => client.CallAsync(ApiOrder.Goes)).ToArray();

        world.Run(() => work.All(call => call.IsCompleted), TimeSpan.FromMinutes(2));

        Assert.Equal(0, world.Refused);
        Assert.InRange(world.Elapsed.TotalSeconds, 59, 65);
        Assert.InRange(world.Minutes[0], 500, 504);
    }

    [Fact]
    public void Closing_calls_get_at_least_every_second_turn_and_do_not_wait_for_the_next_minute_while_something_is_kept_for_them()
    {
        var world = new World(600);
        var client = world.NewClient();
        var opening = Enumerable.Range(0, 1_000).Select(_ => client.CallAsync(ApiOrder.Goes)).ToArray();
        world.Run(() => world.Elapsed > TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1));
        var opened = opening.Count(call => call.IsCompleted);

        var closing = Enumerable.Range(0, 60).Select(_ => client.CallAsync(ApiOrder.Closes)).ToArray();
        world.Run(() => closing.All(call => call.IsCompleted), TimeSpan.FromMinutes(1));

        Assert.InRange(world.Elapsed.TotalSeconds, 10, 20);
        Assert.InRange(opening.Count(call => call.IsCompleted) - opened, 0, 60);
        world.Stop();
        Assert.All(opening, call => Assert.True(call.IsCompleted));
    }

    [Fact]
    public void A_device_begins_only_where_there_is_room_for_its_other_calls_so_that_none_waits_between_its_ports()
    {
        var world = new World(60);
        var client = world.NewClient();
        var gaps = new List<TimeSpan>();
        var devices = Enumerable.Range(0, 40).Select(_ => world.Do(DeviceAsync)).ToArray();

        world.Run(() => devices.All(device => device.IsCompleted), TimeSpan.FromMinutes(5));

        Assert.Equal(0, world.Refused);
        Assert.InRange(world.Elapsed.TotalMinutes, 2, 3.2);
        Assert.All(gaps, gap => Assert.InRange(gap.TotalSeconds, 0, 20));

        async Task DeviceAsync()
        {
            await client.CallAsync(ApiOrder.Begins);
            for (var i = 0; i < 2; i++)
            {
                var asked = world.Elapsed;
                await client.CallAsync(ApiOrder.Goes);
                gaps.Add(world.Elapsed - asked);
            }
        }
    }

    [Fact]
    public void Without_the_headers_it_speeds_up_while_all_is_well_and_slows_down_to_half_when_refused()
    {
        var world = new World(600) { Tells = false };
        var client = world.NewClient();
        var work = Enumerable.Range(0, 3_000).Select(_ => client.CallAsync(ApiOrder.Goes)).ToArray();

        world.Run(() => world.Elapsed > TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        Assert.InRange(world.Minutes[0], 4, 21);
        world.Run(() => world.Elapsed > TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(4));

        Assert.InRange(world.Minutes.Skip(1).Average(), 250, 620);
        Assert.InRange(world.Refused, 1, 150);
        world.Stop();
        Assert.All(work, call => Assert.True(call.IsCompleted));
    }

    [Fact]
    public void Operations_that_are_counted_apart_are_found_out()
    {
        var world = new World(600) { ByOperation = true };
        var client = world.NewClient();
        var opening = Enumerable.Range(0, 470).Select(_ => client.CallAsync(ApiOrder.Goes)).ToArray();
        world.Run(() => world.Elapsed > TimeSpan.FromSeconds(20), TimeSpan.FromMinutes(1));

        var closing = Enumerable.Range(0, 300).Select(_ => client.CallAsync(ApiOrder.Closes)).ToArray();
        world.Run(() => closing.All(call => call.IsCompleted), TimeSpan.FromMinutes(2));

        Assert.Equal(0, world.Refused);
        Assert.InRange(world.Elapsed.TotalSeconds, 20, 35);
        world.Stop();
    }

    [Fact]
    public void At_the_end_of_the_process_the_reserve_is_spent_and_nothing_waits_for_an_answer()
    {
        var world = new World(600);
        var client = world.NewClient();
        var opening = Enumerable.Range(0, 1_000).Select(_ => client.CallAsync(ApiOrder.Goes)).ToArray();
        world.Run(() => world.Elapsed > TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(1));

        var closing = Enumerable.Range(0, 200).Select(_ => client.CallAsync(ApiOrder.Closes)).ToArray();
        client.Throttle.Hurry();
        world.Run(() => closing.Count(call => call.IsCompleted) >= 100, TimeSpan.FromSeconds(4));

        Assert.Equal(0, world.Refused);
        world.Stop();
    }

    [Theory]
    [InlineData("600", "599", "60", true)]
    [InlineData("600", "0", "0", true)]
    [InlineData("600", "599", "59.5", true)]
    [InlineData("600", "599", null, false)]
    [InlineData("0", "0", "1", false)]
    [InlineData("many", "599", "60", false)]
    [InlineData("600", "-1", "60", false)]
    public void Headers_that_make_no_sense_are_as_none(string limit, string remaining, string? refresh, bool makesSense)
    {
        using var response = new HttpResponseMessage();
        response.Headers.TryAddWithoutValidation("X-Soracom-Ratelimit-Limit", limit);
        response.Headers.TryAddWithoutValidation("x-soracom-ratelimit-remaining", remaining);
        if (refresh is not null)
        {
            response.Headers.TryAddWithoutValidation("X-Soracom-Ratelimit-Seconds-Before-Refresh", refresh);
        }

        Assert.Equal(makesSense, RateLimit.Read(response.Headers) is not null);
    }

    /// <summary>SORACOM's counting, and a clock; everything runs on the thread of the test.</summary>
    private sealed class World(int limit)
    {
        private static readonly TimeSpan Way = TimeSpan.FromMilliseconds(125);

        private readonly FakeTimeProvider _time = new();
        private readonly QueueContext _context = new();
        private readonly CancellationTokenSource _stop = new();
        private readonly Dictionary<string, (TimeSpan Ends, int Calls)> _counts = [];

        public bool Tells { get; init; } = true;

        public bool ByOperation { get; init; }

        public int Refused { get; private set; }

        public List<int> Minutes { get; } = [0];

        public TimeSpan Elapsed { get; private set; }

        public void Stop()
        {
            Do(_stop.Cancel);
            _context.Drain();
        }

        public void TakeByOthers(int calls)
        {
            for (var i = 0; i < calls; i++)
            {
                Count("");
            }
        }

        public Client NewClient() => new(this, new ApiThrottle(new ToldPace(), _time));

        /// <summary>Does something whose continuations the world runs.</summary>
        public T Do<T>(Func<T> work)
        {
            var before = SynchronizationContext.Current;
            SynchronizationContext.SetSynchronizationContext(_context);
            try
            {
                return work();
            }
            finally
            {
                SynchronizationContext.SetSynchronizationContext(before);
            }
        }

        public void Run(Func<bool> until, TimeSpan most)
        {
            var ends = Elapsed + most;
            while (!until())
            {
                Assert.True(Elapsed < ends, $"Not done after {Elapsed}.");
                Elapsed += Tick;
                Do(() => _time.Advance(Tick));
                _context.Drain();
            }
        }

        private void Do(Action work) => Do(() =>
        {
            work();
            return true;
        });

        private (bool Refused, RateLimit Told) Count(string operation)
        {
            var key = ByOperation ? operation : "";
            var count = _counts.GetValueOrDefault(key);
            if (Elapsed >= count.Ends)
            {
                if (count.Ends > TimeSpan.Zero)
                {
                    Minutes.Add(0);
                }

                count = (Elapsed + TimeSpan.FromMinutes(1), 0);
            }

            _counts[key] = count = (count.Ends, count.Calls + 1);
            Minutes[^1]++;
            var refused = count.Calls > limit;
            Refused += refused ? 1 : 0;
            return (refused, new RateLimit(limit, Math.Max(limit - count.Calls, 0), TimeSpan.FromSeconds(Math.Ceiling((count.Ends - Elapsed).TotalSeconds))));
        }

        public sealed class Client(World world, ApiThrottle throttle)
        {
            private static readonly Dictionary<ApiOrder, string> Operations = new()
            {
                [ApiOrder.Begins] = "createPortMapping",
                [ApiOrder.Goes] = "createPortMapping",
                [ApiOrder.Closes] = "deletePortMapping",
            };

            public ApiThrottle Throttle => throttle;

            public Task CallAsync(ApiOrder order, int times = 1) => world.Do(async () =>
            {
                for (var call = 0; call < times; call++)
                {
                    await SendAsync(order);
                }
            });

            private async Task SendAsync(ApiOrder order)
            {
                var call = new ApiCall("PortMapping", Operations[order], HttpMethod.Post, "/port_mappings") { Purpose = "test", Order = order };
                while (true)
                {
                    using var turn = await throttle.BeginAsync(call, new Deadline(world._time, TimeSpan.Zero, TimeSpan.FromHours(8)), world._stop.Token);
                    await Task.Delay(Way, world._time, world._stop.Token);
                    var (refused, told) = world.Count(call.Operation);
                    turn.Outcome = new ApiOutcome(!refused, refused, world.Tells ? told : null, null);
                    await Task.Delay(Way, world._time, world._stop.Token);
                    if (!refused)
                    {
                        return;
                    }
                }
            }
        }
    }

    /// <summary>Runs continuations when told to, on the thread that tells.</summary>
    private sealed class QueueContext : SynchronizationContext
    {
        private readonly Queue<(SendOrPostCallback Callback, object? State)> _queue = new();

        public override void Post(SendOrPostCallback d, object? state) => _queue.Enqueue((d, state));

        public void Drain()
        {
            var before = Current;
            SetSynchronizationContext(this);
            while (_queue.TryDequeue(out var next))
            {
                next.Callback(next.State);
            }

            SetSynchronizationContext(before);
        }
    }
}
