using NapterFtp.Pulls;
using NapterFtp.Pulls.Service;
using NapterFtp.Simulator;
using NapterFtp.Simulator.Device;

namespace NapterFtp.Core.Tests.Pulls.Service;

public sealed class PullServiceTests(Stores stores)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task A_run_that_is_asked_for_is_done_and_told_and_a_second_one_finds_nothing_new(string kind)
    {
        await using var bench = await ServiceBench.StartAsync(stores, kind);
        await bench.ServeAsync();
        if (kind == Stores.PostgreSql)
        {
            await bench.ServeAsync("two");
        }

        var pull = await bench.RegisterAsync(bench.Pull());
        var run = await bench.RunAsync(pull);
        Assert.Equal((2, 2, 0, 6), (run.Devices, run.Done, run.Failed, run.Files));
        Assert.Equal(6, bench.Arrived().Count);
        Assert.Equal(6, await bench.CountAsync("select count(*) from napter_file where outcome = 'Copied'"));

        // The member that ends the run may tell so before the other has told of its device.
        await bench.UntilAsync(_ => Task.FromResult(bench.Heard.Ended.Count + bench.Heard.Devices.Count), count => count == 3);
        Assert.Equal((1, 2, 2, 6), (bench.Heard.Began.Count, bench.Heard.DevicesBegan.Count, bench.Heard.Devices.Count, bench.Heard.Files.Count));
        Assert.All(bench.Heard.Devices, device => Assert.Equal((NapterPullDeviceState.Done, 3), (device.State, device.Files)));
        var again = await bench.RunAsync(pull);
        Assert.Equal((2, 0), (again.Done, again.Files));
        Assert.Empty(bench.Heard.Troubles);
    }

    [Fact]
    public async Task A_store_in_a_file_has_one_service()
    {
        await using var bench = await ServiceBench.StartAsync(stores, Stores.Sqlite);
        var first = await bench.ServeAsync();
        var error = await Assert.ThrowsAsync<NapterFtpException>(() => bench.ServeAsync("two"));
        Assert.Equal(("PullServiceRunning", NapterFtpErrorKind.InUse), (error.ErrorId, error.Kind));
        await first.DisposeAsync();
        await bench.ServeAsync("three");
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task A_schedule_runs_by_itself_until_it_is_disabled_and_again_once_it_is_enabled(string kind)
    {
        await using var bench = await ServiceBench.StartAsync(stores, kind, devices: 1);
        await bench.ServeAsync();
        var pull = await bench.RegisterAsync(bench.Pull() with { Cron = null, Every = TimeSpan.FromSeconds(1) });
        await bench.UntilAsync(runs => runs.FindAsync(null, null, null, Token), runs => runs.Count(run => run.Ended is not null) >= 2);
        var schedules = new PullSchedules(await bench.OpenAsync());
        await schedules.ChangeAsync(pull.Name, found => found with { Enabled = false }, Token);
        await bench.UntilAsync(_ => bench.CountAsync("select count(*) from QRTZ_TRIGGERS where TRIGGER_GROUP = 'napter time'"), count => count == 0);
        var held = (await new PullRuns(await bench.OpenAsync()).FindAsync(null, null, null, Token)).Count;

        // Two times go by.
        var (enabled, began) = (TimeSpan.FromSeconds(2.5), TimeProvider.System.GetTimestamp());
        await bench.UntilAsync(_ => Task.FromResult(TimeProvider.System.GetElapsedTime(began)), gone => gone > enabled);
        var runs = await new PullRuns(await bench.OpenAsync()).FindAsync(null, null, null, Token);
        Assert.InRange(runs.Count, held, held + 1);
        await schedules.ChangeAsync(pull.Name, found => found with { Enabled = true }, Token);
        await bench.UntilAsync(found => found.FindAsync(null, null, null, Token), found => found.Count > runs.Count);

        // Of runs that come so fast a later one may take over what an earlier one has not begun.
        await bench.UntilAsync(_ => Task.FromResult(bench.Arrived().Count), arrived => arrived == 3);
    }

    [Fact]
    public async Task Devices_that_have_not_begun_wait_while_their_schedule_is_disabled()
    {
        await using var bench = await ServiceBench.StartAsync(stores, Stores.Sqlite, devices: 6);
        await bench.ServeAsync(change: options => options with { ThrottleLimit = 1 });
        var schedules = new PullSchedules(await bench.OpenAsync());
        var pull = await bench.RegisterAsync(bench.Pull() with { Window = TimeSpan.FromHours(4) });
        var run = await new PullRuns(await bench.OpenAsync()).QueueAsync(pull, DateTimeOffset.UtcNow, Token);
        await bench.UntilAsync(runs => runs.FindAsync(null, run, null, Token), found => found[0].Devices == 6);
        await schedules.ChangeAsync(pull.Name, found => found with { Enabled = false }, Token);
        Assert.Equal(
            6, await bench.UntilAsync(_ => bench.CountAsync("select count(*) from QRTZ_TRIGGERS where TRIGGER_STATE = 'PAUSED'"), count => count == 6));
        await schedules.ChangeAsync(pull.Name, found => found with { Enabled = true }, Token);
        await bench.UntilAsync(_ => bench.CountAsync("select count(*) from QRTZ_TRIGGERS where TRIGGER_STATE = 'PAUSED'"), count => count == 0);

        // Each has a time of its own within the window.
        Assert.True(await bench.CountAsync("select count(distinct NEXT_FIRE_TIME) from QRTZ_TRIGGERS where TRIGGER_GROUP like 'napter pull%'") >= 5);
        await schedules.UnregisterAsync(pull.Name, Token);
        var ended = await bench.EndOfAsync(run);
        Assert.Equal((6, 0), (ended.Failed, ended.Files));
        Assert.Contains("unregistered", ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(NapterMissedRun.Now, 1)]
    [InlineData(NapterMissedRun.Skip, 0)]
    public async Task Of_what_went_by_while_no_service_ran_one_run_is_made_up_for_or_none(NapterMissedRun missed, int expected)
    {
        await using var bench = await ServiceBench.StartAsync(stores, Stores.Sqlite, devices: 1);

        // Not within a minute of the hour, where a time would be late rather than missed.
        var pull = await bench.RegisterAsync(bench.Pull() with { Cron = $"{(DateTimeOffset.UtcNow.Minute + 30) % 60} * * * *", MissedRun = missed });
        await (await bench.OpenAsync()).WriteAsync(
            session => session.ExecuteAsync(
                "update napter_pull set created = @then, since = @then, last_run = @then", [("then", DateTimeOffset.UtcNow.AddDays(-3))], Token),
            Token);
        await bench.ServeAsync();
        var next = (await new PullSchedules(await bench.OpenAsync()).GetAsync(pull.Name, Token)).NextRun;
        await bench.UntilAsync(runs => runs.FindAsync(null, null, null, Token), runs => runs.Count(run => run.Ended is not null) == expected);

        // The next one is set, and nothing else is to come.
        await bench.UntilAsync(
            _ => bench.CountAsync("select coalesce(max(NEXT_FIRE_TIME), 0) from QRTZ_TRIGGERS where TRIGGER_GROUP = 'napter time'"), time => time == next!.Value.UtcTicks);
        var runs = await new PullRuns(await bench.OpenAsync()).FindAsync(null, null, null, Token);
        Assert.Equal(expected, runs.Count);
        Assert.All(runs, run => Assert.Equal(next!.Value.AddHours(-1), run.Scheduled));
    }

    [Fact]
    public async Task A_device_that_fails_is_tried_again_after_a_restart_and_given_up_in_the_end()
    {
        await using var bench = await ServiceBench.StartAsync(stores, Stores.Sqlite, devices: 2);
        bench.Simulator.Sims[0].Online = false;
        var late = new PullRetry { Attempts = 3, First = TimeSpan.FromSeconds(3) };
        var first = await bench.ServeAsync(change: options => options with { Retry = late });
        var pull = await bench.RegisterAsync(bench.Pull());
        var run = await new PullRuns(await bench.OpenAsync()).QueueAsync(pull, DateTimeOffset.UtcNow, Token);
        var queue = new PullQueue(await bench.OpenAsync());
        Task<NapterPullDevice?> DeviceAsync(int number) => DeviceOfAsync(queue, run, bench.Simulator.Sims[number]);
        var failed = await bench.UntilAsync(_ => DeviceAsync(0), device => device is { Attempts: 1, NextTry: not null });
        Assert.Equal(NapterPullDeviceState.Waiting, failed!.State);
        Assert.InRange(failed.NextTry!.Value - failed.Ended!.Value, TimeSpan.FromSeconds(2.9), TimeSpan.FromSeconds(3.1));
        await bench.UntilAsync(_ => DeviceAsync(1), device => device?.State == NapterPullDeviceState.Done);
        await first.DisposeAsync();

        await bench.ServeAsync("two", options => options with { Retry = late });
        var ended = await bench.EndOfAsync(run);
        var given = (await DeviceAsync(0))!;
        Assert.Equal((NapterPullDeviceState.GivenUp, 3), (given.State, given.Attempts));
        Assert.StartsWith("Given up after 3 attempts: ", given.Error, StringComparison.Ordinal);
        Assert.True(given.Started >= failed.NextTry);
        Assert.Equal((1, 1, 3), (ended.Done, ended.Failed, ended.Files));
        Assert.Equal(1, (await DeviceAsync(1))!.Attempts);
    }

    [Fact]
    public async Task What_is_broken_off_by_a_stop_is_gone_on_with_and_does_not_count_as_an_attempt()
    {
        await using var bench = await ServiceBench.StartAsync(stores, Stores.Sqlite, devices: 1);
        bench.Simulator.Sims[0].Device!.Faults.Arm(DeviceFault.Silence("USER"));
        var first = await bench.ServeAsync();
        var pull = await bench.RegisterAsync(bench.Pull());
        var run = await new PullRuns(await bench.OpenAsync()).QueueAsync(pull, DateTimeOffset.UtcNow, Token);
        await bench.UntilAsync(_ => Task.FromResult(bench.Heard.DevicesBegan.Count), count => count == 1);
        await first.StopAsync(TimeSpan.Zero, Token);
        var queue = new PullQueue(await bench.OpenAsync());
        var device = (await DeviceOfAsync(queue, run, bench.Simulator.Sims[0]))!;
        Assert.Equal((NapterPullDeviceState.Waiting, 0), (device.State, device.Attempts));
        await bench.ServeAsync("two");
        Assert.Equal((1, 3), ((await bench.EndOfAsync(run)).Done, bench.Arrived().Count));
    }

    [Fact]
    public async Task A_later_run_takes_over_what_an_earlier_one_of_the_same_schedule_has_not_come_to()
    {
        await using var bench = await ServiceBench.StartAsync(stores, Stores.Sqlite, devices: 2);
        bench.Simulator.Sims[0].Online = false;
        await bench.ServeAsync(change: options => options with { Retry = new PullRetry { First = TimeSpan.FromMinutes(10) } });
        var pull = await bench.RegisterAsync(bench.Pull());
        var runs = new PullRuns(await bench.OpenAsync());
        var first = await runs.QueueAsync(pull, DateTimeOffset.UtcNow, Token);
        await bench.UntilAsync(found => found.FindAsync(null, first, null, Token), found => found[0].Done == 1);
        var queue = new PullQueue(await bench.OpenAsync());
        await bench.UntilAsync(_ => DeviceOfAsync(queue, first, bench.Simulator.Sims[0]), device => device?.NextTry is not null);
        bench.Simulator.Sims[0].Online = true;
        var second = await runs.QueueAsync(pull, DateTimeOffset.UtcNow, Token);
        Assert.Equal((2, 3), ((await bench.EndOfAsync(second)).Done, (await bench.EndOfAsync(second)).Files));
        var ended = await bench.EndOfAsync(first);
        Assert.Equal((1, 1), (ended.Done, ended.Failed));
        Assert.Contains($"Run {second} ", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_whose_devices_cannot_be_found_is_tried_again_and_given_up_in_the_end()
    {
        await using var bench = await ServiceBench.StartAsync(stores, Stores.Sqlite, devices: 1);
        bench.Simulator.Faults.Arm(ApiFault.Error(403) with { Operation = ApiOperation.SearchSims, Count = int.MaxValue });
        await bench.ServeAsync(change: options => options with { Retry = new PullRetry { Attempts = 3, First = TimeSpan.FromSeconds(1) } });
        var ended = await bench.RunAsync(await bench.RegisterAsync(bench.Pull() with { Imsi = [], NameFilter = ["*"] }));
        Assert.StartsWith("Its devices could not be found: ", ended.Error, StringComparison.Ordinal);
        Assert.Equal((0, 3), (ended.Devices, bench.Heard.Troubles.Count));
        Assert.InRange(ended.Ended!.Value - ended.Started, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(120));
    }

    [Fact]
    public async Task A_silent_device_does_not_hold_up_the_next_and_is_given_back_when_the_service_ends()
    {
        await using var bench = await ServiceBench.StartAsync(stores, Stores.Sqlite, devices: 2);
        var (silent, lively) = (bench.Simulator.Sims[0], bench.Simulator.Sims[1]);
        silent.Device!.Faults.Arm(DeviceFault.Silence("USER"));
        var service = await bench.ServeAsync(change: options => options with { ThrottleLimit = 1 });
        var runs = new PullRuns(await bench.OpenAsync());
        var first = await runs.QueueAsync(await bench.RegisterAsync(bench.Pull("silent") with { Imsi = [silent.Imsi] }), DateTimeOffset.UtcNow, Token);
        await bench.UntilAsync(_ => Task.FromResult(bench.Heard.DevicesBegan.Count), count => count == 1);
        var second = await bench.RunAsync(await bench.RegisterAsync(bench.Pull("lively") with { Imsi = [lively.Imsi] }));
        Assert.Equal((1, 3), (second.Done, second.Files));

        var queue = new PullQueue(await bench.OpenAsync());
        Assert.Equal(NapterPullDeviceState.Running, (await DeviceOfAsync(queue, first, silent))!.State);
        await service.StopAsync(TimeSpan.Zero, Token);
        var left = (await DeviceOfAsync(queue, first, silent))!;
        Assert.Equal((NapterPullDeviceState.Waiting, 0), (left.State, left.Attempts));
    }

    [Fact]
    public async Task The_end_of_a_run_is_told_once_although_the_member_that_did_its_last_device_died_before_it_told()
    {
        await using var bench = await ServiceBench.StartAsync(stores, Stores.Sqlite, devices: 1);
        var pull = await bench.RegisterAsync(bench.Pull());
        var runs = new PullRuns(await bench.OpenAsync());
        var run = await runs.QueueAsync(pull, DateTimeOffset.UtcNow, Token);
        await runs.EndAsync(run, Token);
        await bench.ServeAsync();
        await bench.UntilAsync(_ => Task.FromResult(bench.Heard.Ended.Count), count => count == 1);
        Assert.Equal(run, bench.Heard.Ended.Single().Id);
        var next = await bench.RunAsync(pull);
        await bench.UntilAsync(_ => Task.FromResult(bench.Heard.Ended.Count), count => count == 2);
        Assert.Equal([run, next.Id], bench.Heard.Ended.Select(ended => ended.Id));
    }

    [Fact]
    public async Task A_service_starts_although_another_member_keeps_the_engines_tables_to_itself()
    {
        // As one does that schedules thousands of devices.
        await using var bench = await ServiceBench.StartAsync($"{await stores.NewTextAsync(Stores.PostgreSql)};Command Timeout=2", devices: 2);
        await (await bench.ServeAsync()).DisposeAsync();
        var runs = new PullRuns(await bench.OpenAsync());
        var run = await runs.QueueAsync(await bench.RegisterAsync(bench.Pull()), DateTimeOffset.UtcNow, Token);
        await runs.FreezeAsync(
            run, [.. bench.Simulator.Sims.Select(sim => DeviceTarget.FromImsi(sim.Imsi)).Select(sim => new PullDevice(sim, DeviceKey.For(sim, 21), sim.Imsi, null, null))], Token);
        await bench.CountAsync("update napter_run set state = 'Running' returning id");
        await using var source = Npgsql.NpgsqlDataSource.Create($"{bench.StoreText};Username={Stores.Login.UserName};Password={Stores.Login.Password}");
        await using (var other = await source.OpenConnectionAsync(Token))
        {
            await using var transaction = await other.BeginTransactionAsync(Token);
            await using var command = new Npgsql.NpgsqlCommand("lock table QRTZ_LOCKS in exclusive mode", other, transaction);
            await command.ExecuteNonQueryAsync(Token);
            await bench.ServeAsync("two");
            Assert.NotEmpty(bench.Heard.Troubles);
        }

        Assert.Equal((2, 6), ((await bench.EndOfAsync(run)).Done, bench.Arrived().Count));
    }

    private static async Task<NapterPullDevice?> DeviceOfAsync(PullQueue queue, long run, SimulatedSim sim) =>
        (await queue.FindDevicesAsync(run, Token)).SingleOrDefault(device => device.Imsi == sim.Imsi);
}
