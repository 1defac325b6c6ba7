using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using NapterFtp.Pulls;
using NapterFtp.Pulls.Service;

namespace NapterFtp.Core.Tests.Pulls.Service;

/// <summary>A service of one schedule whose process is ended in front of a later step in each of its lives, three times a night. Its engine's clock stands
/// still: what is due is done when the test says so, and again in the next life where it was not come to an end with.</summary>
internal sealed class Month : IAsyncDisposable
{
    private const int EndsEachNight = 3;

    private readonly ServiceBench _bench;
    private readonly NapterConnection _connection;
    private readonly PullServiceOptions _options;
    private readonly List<string> _arrived = [];
    private PullStore? _store;
    private HistoryOwner? _engineOwner;
    private PullEngine? _engine;
    private int _lastStep;

    private Month(ServiceBench bench, NapterConnection connection, DateTimeOffset start)
    {
        (_bench, _connection, Time) = (bench, connection, new FakeTimeProvider(start));
        _options = ServiceBench.OptionsOf(bench.StoreText, connection, bench.Folder, "one") with
        {
            Store = bench.Store with { Time = Time },
            Retry = new PullRetry { Attempts = 3, First = TimeSpan.FromMinutes(1) },
        };
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public FakeTimeProvider Time { get; }

    /// <summary>How often the process has ended so far.</summary>
    public int Ends { get; private set; }

    /// <summary>Whether it has ended in front of each step that there is: a first life of a night had fewer steps than were given to it.</summary>
    public bool HasEndedEverywhere { get; private set; }

    /// <summary>The files that have come, by name and content. Somebody takes each away as soon as it is there.</summary>
    public IReadOnlyList<string> Arrived => _arrived;

    public static async Task<Month> StartAsync(ServiceBench bench, DateTimeOffset start)
    {
        var simulator = bench.Simulator;
        var connection = await ServiceBench.ConnectAsync(simulator.ApiEndPoint, simulator.TrustedRootPath, simulator.AuthKeyId, simulator.AuthKey, bench.Folder);
        var month = new Month(bench, connection, start);
        foreach (var file in Directory.GetFiles(simulator.Sims[0].RootPath!))
        {
            File.Delete(file);
        }

        var pull = bench.Pull() with { Path = ["/*"], Destination = bench.Folder.File("in"), Cron = "30 2 * * *", TimeZone = "Europe/Berlin" };
        await new PullSchedules(await month.OpenAsync()).RegisterAsync([pull], replace: false, Token);
        return month;
    }

    /// <summary>The test's own look at the store, at the time of the month.</summary>
    public async Task<PullStore> OpenAsync() => _store ??= await PullStore.OpenAsync(_options.Store, Token);

    /// <summary>Moves the clock on.</summary>
    public async Task WakeAsync(DateTimeOffset time)
    {
        Time.SetUtcNow(time);
        _engine ??= await CreateEngineAsync();
    }

    /// <summary>Does what is due, in as many lives as it takes, until the run has ended.</summary>
    public async Task<NapterPullRun> RunAsync()
    {
        for (var life = 1; ; life++)
        {
            var last = life <= EndsEachNight ? ++_lastStep : int.MaxValue;
            var clock = new MortalClock(Time, last);
            try
            {
                if (await LiveAsync(clock) is { } run)
                {
                    if (life == 1)
                    {
                        // All over again, from the first step.
                        (HasEndedEverywhere, _lastStep) = (true, 0);
                    }

                    return run;
                }
            }
            catch (Exception) when (clock.IsOver)
            {
                Ends++;
            }

            Take();
        }
    }

    /// <summary>What the history has as copied.</summary>
    public async Task<List<(string Path, long Length, DateTimeOffset Modified)>> CopiedAsync()
    {
        var records = new List<(string, long, DateTimeOffset)>();
        await foreach (var record in new HistoryQuery().ReadAsync(await OpenAsync(), Token))
        {
            if (record.Outcome == NapterPullOutcome.Copied)
            {
                records.Add((record.Path, record.Length!.Value, record.LastWriteTime!.Value));
            }
        }

        return records;
    }

    public async ValueTask DisposeAsync()
    {
        if (_engine is not null)
        {
            await _engine.DisposeAsync();
        }

        if (_store is not null)
        {
            await _store.DisposeAsync();
        }

        _engineOwner?.Dispose();
        await _connection.DisposeAsync();
    }

    private async Task<PullEngine> CreateEngineAsync()
    {
        _engineOwner = new HistoryOwner(_options.Owner);
        var member = new PullMember(PullWorker.Of(_engineOwner), "one", Time.GetUtcNow(), 1);
        return await PullEngine.CreateAsync(await OpenAsync(), member, _options.Pace, new PullDispatcher(_options, await OpenAsync(), _engineOwner, Token), Token);
    }

    /// <returns>The run, once it has ended.</returns>
    private async Task<NapterPullRun?> LiveAsync(MortalClock clock)
    {
        await using var store = await PullStore.OpenAsync(_options.Store with { Time = clock }, Token);
        using var owner = new HistoryOwner(_options.Owner);
        owner.Begin();
        var dispatcher = new PullDispatcher(_options, store, owner, CancellationToken.None);
        dispatcher.Use(_engine!);
        await dispatcher.SweepAsync(Token);
        while (true)
        {
            while (await FindDueAsync() is var (group, name, time))
            {
                await FireAsync(dispatcher, group, name);
                await ForgetAsync(group, name, time);
            }

            Take();
            if ((await new PullRuns(await OpenAsync()).FindAsync(null, null, null, Token)).FirstOrDefault() is { } run && run.Started.AddHours(12) > Time.GetUtcNow())
            {
                if (run.Ended is not null)
                {
                    return run;
                }

                // A device that failed waits for its next try.
                Time.Advance(TimeSpan.FromMinutes(1));
            }
        }
    }

    private static Task FireAsync(PullDispatcher dispatcher, string group, string name)
    {
        var words = name.Split(' ');
        return group == "napter time" ? dispatcher.KeepTimeAsync(name, Token)
            : words[0] == "run" ? dispatcher.FanOutAsync(Number(words[1]), 0, Token)
            : dispatcher.PullAsync(Number(words[0]), new DeviceKey(words[1], Enum.Parse<SimService>(words[2]), words[3] == "-" ? null : words[3], (int)Number(words[4])), Token);
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private async Task<(string Group, string Name, long Time)?> FindDueAsync() => (await (await OpenAsync()).ReadAsync(
        session => session.QueryAsync<(string, string, long)?>(
            "select TRIGGER_GROUP, TRIGGER_NAME, NEXT_FIRE_TIME from QRTZ_TRIGGERS where NEXT_FIRE_TIME <= @now order by NEXT_FIRE_TIME limit 1",
            [("now", Time.GetUtcNow().UtcTicks)],
            row => (row.Text("TRIGGER_GROUP"), row.Text("TRIGGER_NAME"), row.Number("NEXT_FIRE_TIME")),
            Token),
        Token)).FirstOrDefault();

    /// <summary>As the engine does once a trigger's work has returned, unless it has been set anew meanwhile.</summary>
    private async Task ForgetAsync(string group, string name, long time) => await (await OpenAsync()).WriteAsync(
        async session =>
        {
            (string, object?)[] which = [("group", group), ("name", name), ("time", time)];
            await session.ExecuteAsync(
                """
                delete from QRTZ_SIMPLE_TRIGGERS where TRIGGER_GROUP = @group and TRIGGER_NAME = @name
                    and exists (select 1 from QRTZ_TRIGGERS t where t.TRIGGER_GROUP = @group and t.TRIGGER_NAME = @name and t.NEXT_FIRE_TIME = @time)
                """,
                which,
                Token);
            return await session.ExecuteAsync("delete from QRTZ_TRIGGERS where TRIGGER_GROUP = @group and TRIGGER_NAME = @name and NEXT_FIRE_TIME = @time", which, Token);
        },
        Token);

    private void Take()
    {
        if (!Directory.Exists(_bench.Folder.File("in")))
        {
            return;
        }

        foreach (var file in Directory.GetFiles(_bench.Folder.File("in")).Where(file => !Path.GetFileName(file).StartsWith('.')))
        {
            _arrived.Add($"{Path.GetFileName(file)}: {File.ReadAllText(file)}");
            File.Delete(file);
        }
    }

    /// <summary>The clock of a process that ends: the store looks at it in front of each step, and from the last one on none is done.</summary>
    private sealed class MortalClock(TimeProvider time, int last) : TimeProvider
    {
        private int _steps;

        public bool IsOver => Volatile.Read(ref _steps) >= last;

        public override DateTimeOffset GetUtcNow() => time.GetUtcNow();

        public override long TimestampFrequency => time.TimestampFrequency;

        public override long GetTimestamp() => Interlocked.Increment(ref _steps) < last ? time.GetTimestamp() : throw new InvalidOperationException("The process has ended.");

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => time.CreateTimer(callback, state, dueTime, period);
    }
}
