using System.Globalization;
using Quartz;

namespace NapterFtp.Pulls.Service;

/// <summary>Quartz.NET on the store's database: fires what is due, on one member of a cluster at a time, and again where a member died over it.
/// What is to be done and what is done is not its affair: that the module's own tables say, and all that lies here can be made again from
/// them.</summary>
/// <remarks>Every trigger is a one-shot: a schedule's next time is computed by <see cref="PullTrigger"/> when the last one has fired, so that
/// services, and whoever asks when a schedule runs next, come to the same.</remarks>
internal sealed class PullEngine : IAsyncDisposable
{
    private const string Times = "napter time";
    private const string Runs = "napter run";
    private const string Devices = "napter device";

    // While they are written all other members wait.
    private const int TriggersAtOnce = 250;

    // What finds devices and keeps times is not to wait behind pulls.
    private const int SpareThreads = 4;

    private readonly StandaloneSchedulerFactory _factory;
    private readonly IScheduler _scheduler;
    private readonly TimeProvider _time;

    private PullEngine(StandaloneSchedulerFactory factory, IScheduler scheduler, TimeProvider time)
    {
        _factory = factory;
        _scheduler = scheduler;
        _time = time;
    }

    /// <summary>Makes it, with its tables where they are missing; it fires nothing yet.</summary>
    /// <param name="store">The store.</param>
    /// <param name="member">Whose it is.</param>
    /// <param name="pace">How fast it notices things.</param>
    /// <param name="work">What is done for each trigger.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="NapterFtpException">The ids begin with <c>Store</c>.</exception>
    public static async Task<PullEngine> CreateAsync(PullStore store, PullMember member, PullPace pace, IPullWork work, CancellationToken cancellationToken)
    {
        var (provider, connection) = store.Access;
        var isFile = store.Address.Path is not null;
        var factory = QuartzSchedulerBuilder.Create(builder =>
        {
            builder.ConfigureScheduler(options =>
            {
                options.InstanceName = "NapterFtp";
                options.InstanceId = member.Worker.Id;
                options.IdleWaitTime = pace.Idle;
                options.ShutdownJobInterruption = ShutdownJobInterruption.Always;
            });
            builder.UseDefaultThreadPool(member.ThrottleLimit + SpareThreads);
            builder.UseExecutionLimits(limits => limits.ForGroup(Devices, member.ThrottleLimit, ExecutionLimitScope.Node));
            builder.UseTimeProvider(store.Time);
            builder.UsePersistentStore(persistent =>
            {
                if (isFile)
                {
                    persistent.UseSqlite(provider, connection);
                }
                else
                {
                    persistent.UsePostgres(provider, connection);
                    persistent.UseClustering(cluster =>
                    {
                        cluster.CheckinInterval = pace.CheckIn;
                        cluster.CheckinMisfireThreshold = pace.CheckInLimit;
                    });
                }

                persistent.ProvisionSchema();
                persistent.ConfigureStore(options => options.StoreJobDataAsStrings = true);
            });
            builder.AddJobType(_ => new TimeJob(work));
            builder.AddJobType(_ => new RunJob(work));
            builder.AddJobType(_ => new DeviceJob(work));
        }).Build();
        try
        {
            return new PullEngine(factory, await factory.GetScheduler(cancellationToken), store.Time);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            await factory.DisposeAsync();
            throw store.Explain(exception);
        }
    }

    public async Task StartAsync(CancellationToken cancellationToken) => await _scheduler.Start(cancellationToken);

    /// <summary>Fires nothing more; what has begun goes on.</summary>
    public async Task StandbyAsync(CancellationToken cancellationToken) => await _scheduler.Standby(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _scheduler.Shutdown(true, CancellationToken.None);
        }
        catch (SchedulerException)
        {
            // The database is away: what was begun is taken over by others, or by the next start.
        }

        await _factory.DisposeAsync();
    }

    /// <summary>Which revision of a schedule the engine goes by; null for none.</summary>
    public async Task<int?> FindRevisionAsync(string key, CancellationToken cancellationToken) =>
        await _scheduler.GetTrigger(new TriggerKey(key, Times), cancellationToken) is { } trigger && trigger.JobDataMap.TryGetValue(TimeJob.Revision, out var revision)
            ? int.Parse((string)revision!, CultureInfo.InvariantCulture)
            : null;

    /// <summary>When the engine has a schedule run next; null for never.</summary>
    public async Task<DateTimeOffset?> FindTimeAsync(string key, CancellationToken cancellationToken) =>
        (await _scheduler.GetTrigger(new TriggerKey(key, Times), cancellationToken))?.StartTimeUtc;

    /// <summary>Sets when a schedule runs next.</summary>
    public async Task SetTimeAsync(string key, int revision, DateTimeOffset time, CancellationToken cancellationToken) => await _scheduler.ScheduleJob(
        JobBuilder.Create<TimeJob>().WithIdentity(key, Times).RequestRecovery(true).Build(),
        [
            TriggerBuilder.Create(_time).WithIdentity(key, Times).ForJob(key, Times).StartAt(time).WithSimpleSchedule(AsSoonAsPossible)
                .UsingJobData(TimeJob.Key, key).UsingJobData(TimeJob.Revision, Text(revision)).Build(),
        ],
        ScheduleJobOptions.Replacing,
        cancellationToken);

    /// <summary>A schedule runs no more.</summary>
    public async Task RemoveTimeAsync(string key, CancellationToken cancellationToken) => await _scheduler.UnscheduleJob(new TriggerKey(key, Times), cancellationToken);

    /// <summary>Holds a schedule's runs: devices that have not been begun wait, on all members.</summary>
    public async Task PauseAsync(string key, CancellationToken cancellationToken) =>
        await _scheduler.PauseTriggerGroups(GroupMatcher<TriggerKey>.GroupEquals(GroupOf(key)), cancellationToken);

    /// <summary>Lets them go on.</summary>
    public async Task ResumeAsync(string key, CancellationToken cancellationToken) =>
        await _scheduler.ResumeTriggerGroups(GroupMatcher<TriggerKey>.GroupEquals(GroupOf(key)), cancellationToken);

    /// <summary>Drops what a schedule's runs still have to do.</summary>
    public async Task DropAsync(string key, CancellationToken cancellationToken) =>
        await _scheduler.UnscheduleJobs(GroupMatcher<TriggerKey>.GroupEquals(GroupOf(key)), cancellationToken);

    /// <summary>Has a run's devices found and scheduled. The first attempt leaves alone what is due already, be it a later attempt.</summary>
    /// <param name="run">The run.</param>
    /// <param name="key">Its schedule's key.</param>
    /// <param name="time">When.</param>
    /// <param name="attempt">How often that has failed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task AddRunAsync(long run, string key, DateTimeOffset time, int attempt, CancellationToken cancellationToken)
    {
        var trigger = new TriggerKey($"run {Text(run)}", GroupOf(key));
        if (attempt == 0 && await _scheduler.Exists(trigger, cancellationToken))
        {
            return;
        }

        var job = JobBuilder.Create<RunJob>().WithIdentity(Text(run), Runs).RequestRecovery(true).Build();
        await _scheduler.ScheduleJob(
            job,
            [
                TriggerBuilder.Create(_time).WithIdentity(trigger).ForJob(job).StartAt(time).WithSimpleSchedule(AsSoonAsPossible)
                    .UsingJobData(RunJob.Run, Text(run)).UsingJobData(RunJob.Attempt, Text(attempt)).Build(),
            ],
            ScheduleJobOptions.Replacing,
            cancellationToken);
    }

    /// <summary>Whether a run's devices are being scheduled, or are to be, by whichever member.</summary>
    public async Task<bool> HasRunAsync(long run, CancellationToken cancellationToken) => await _scheduler.Exists(new JobKey(Text(run), Runs), cancellationToken);

    /// <summary>The devices of a run that the engine has yet to fire for.</summary>
    public async Task<IReadOnlySet<string>> FindDevicesAsync(ServedRun run, CancellationToken cancellationToken)
    {
        var prefix = $"{Text(run.Id)} ";
        var query = new TriggerQuery
        {
            Group = GroupMatcher<TriggerKey>.GroupEquals(GroupOf(run.Key)),
            Name = NameMatcher<TriggerKey>.NameStartsWith(prefix),
            Take = PagedQuery.All,
        };
        return (await _scheduler.QueryTriggers(query, cancellationToken)).Items.Select(trigger => trigger.Key.Name[prefix.Length..]).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Has devices of a run begun at their times.</summary>
    public async Task AddDevicesAsync(ServedRun run, IEnumerable<(DeviceKey Device, DateTimeOffset Time)> devices, CancellationToken cancellationToken)
    {
        foreach (var chunk in devices.Chunk(TriggersAtOnce))
        {
            await _scheduler.ScheduleJobs(
                chunk.ToDictionary<(DeviceKey Device, DateTimeOffset Time), IJobDetail, IReadOnlyCollection<ITrigger>>(
                    one => JobBuilder.Create<DeviceJob>().WithIdentity(NameOf(one.Device), Devices).RequestRecovery(true).Build(),
                    one => [TriggerOf(run, one.Device, one.Time)]),
                ScheduleJobOptions.Replacing,
                cancellationToken);
        }
    }

    /// <summary>What a device is called among a run's.</summary>
    public static string NameOf(DeviceKey device) => FormattableString.Invariant($"{device.Sim} {device.Service} {device.Address ?? "-"} {device.Port}");

    private static string GroupOf(string key) => $"napter pull {key}";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Late is better than never: what is too late, the ledger knows.</summary>
    private static void AsSoonAsPossible(SimpleScheduleBuilder schedule) => schedule.WithMisfireInstruction(SimpleTriggerMisfireInstruction.IgnoreMisfires);

    private ITrigger TriggerOf(ServedRun run, DeviceKey device, DateTimeOffset time) => TriggerBuilder.Create(_time)
        .WithIdentity($"{Text(run.Id)} {NameOf(device)}", GroupOf(run.Key))
        .ForJob(NameOf(device), Devices)
        .WithExecutionGroup(Devices)
        .StartAt(time)
        .WithSimpleSchedule(AsSoonAsPossible)
        .UsingJobData(DeviceJob.Run, Text(run.Id))
        .UsingJobData(DeviceJob.Sim, device.Sim)
        .UsingJobData(DeviceJob.Service, device.Service.ToString())
        .UsingJobData(DeviceJob.Address, device.Address ?? string.Empty)
        .UsingJobData(DeviceJob.Port, Text(device.Port))
        .Build();
}

/// <summary>How fast a service notices things.</summary>
internal sealed record PullPace
{
    /// <summary>How often the engine looks for what has become due.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How often a member tells the engines of the others that it lives.</summary>
    public TimeSpan CheckIn { get; init; } = TimeSpan.FromSeconds(7);

    /// <summary>How much later than that it counts as dead: clocks half a minute apart do no harm.</summary>
    public TimeSpan CheckInLimit { get; init; } = TimeSpan.FromSeconds(40);

    /// <summary>How often the module's own tables are looked at for what has changed.</summary>
    public TimeSpan Look { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How often a member says in the module's own tables that it lives.</summary>
    public TimeSpan Beat { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often all that is open is compared with what the engine has.</summary>
    public TimeSpan Sweep { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>When a device is looked at again that another run works on.</summary>
    public TimeSpan Busy { get; init; } = TimeSpan.FromSeconds(15);
}
