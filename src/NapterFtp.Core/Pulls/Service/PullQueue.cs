namespace NapterFtp.Pulls.Service;

/// <summary>What a service is to do, as the store has it: the runs that are put down for it, and their devices.</summary>
internal sealed class PullQueue(PullStore store)
{
    private const string DeviceAndRun =
        """
        select d.run, r.pull, d.sim, d.service, d.address, d.port, d.imsi, d.sim_id, d.name, d.state, d.attempts, d.next_try, d.files, d.bytes,
            d.started, d.ended, d.computer_name, d.error
        from napter_run_device d join napter_run r on r.id = d.run
        """;

    /// <summary>The service's runs that have not ended.</summary>
    public Task<List<ServedRun>> FindOpenAsync(CancellationToken cancellationToken) => store.ReadAsync(
        session => session.QueryAsync($"{ServedRun.Query} and r.ended is null order by r.id", [("run", 0L)], ServedRun.Read, cancellationToken), cancellationToken);

    /// <summary>Those of them that have no devices yet, with their schedules' keys.</summary>
    public Task<List<(long Run, string Key)>> FindQueuedAsync(CancellationToken cancellationToken) => store.ReadAsync(
        session => session.QueryAsync(
            "select id, pull_key from napter_run where told = 0 and served = 1 and ended is null and state = 'Queued' order by id",
            [],
            row => (row.Number("id"), row.Text("pull_key")),
            cancellationToken),
        cancellationToken);

    /// <summary>One of the service's runs; null where it is none, or is no more.</summary>
    public async Task<ServedRun?> FindAsync(long run, CancellationToken cancellationToken) => (await store.ReadAsync(
        session => session.QueryAsync(ServedRun.Query, [("run", run)], ServedRun.Read, cancellationToken), cancellationToken)).FirstOrDefault();

    /// <summary>A run has its devices now. What earlier runs of the same schedule have not begun is left to it.</summary>
    public Task<int> BeginAsync(ServedRun run, CancellationToken cancellationToken) => store.WriteAsync(
        async session =>
        {
            var left = await session.ExecuteAsync(
                """
                update napter_run_device set state = 'Lost', ended = @now, error = @error
                where state = 'Waiting'
                    and run in (select id from napter_run where pull_key = @key and served = 1 and ended is null and id < @run)
                    and exists (select 1 from napter_run_device other where other.run = @run and other.sim = napter_run_device.sim
                        and other.service = napter_run_device.service and other.address = napter_run_device.address and other.port = napter_run_device.port)
                """,
                [("run", run.Id), ("key", run.Key), ("now", store.Time.GetUtcNow()), ("error", FormattableString.Invariant($"Run {run.Id} of the schedule began before it came to this device."))],
                cancellationToken);
            await session.ExecuteAsync(
                """
                update napter_run set ended = @now where pull_key = @key and served = 1 and ended is null and state = 'Running' and id < @run
                    and not exists (select 1 from napter_run_device d where d.run = napter_run.id and d.state in ('Waiting', 'Running'))
                """,
                [("run", run.Id), ("key", run.Key), ("now", store.Time.GetUtcNow())],
                cancellationToken);
            await session.ExecuteAsync("update napter_run set state = 'Running' where id = @run and state = 'Queued'", [("run", run.Id)], cancellationToken);
            return left;
        },
        cancellationToken);

    /// <summary>A run cannot be begun.</summary>
    public Task<int> FailAsync(long run, string error, CancellationToken cancellationToken) => store.WriteAsync(
        session => session.ExecuteAsync(
            "update napter_run set ended = @now, error = @error where id = @run and ended is null",
            [("run", run), ("now", store.Time.GetUtcNow()), ("error", StoredText.Write(error))],
            cancellationToken),
        cancellationToken);

    /// <summary>Gives up what is left of the runs of a schedule that is no more.</summary>
    public Task<int> CancelAsync(string key, CancellationToken cancellationToken) => store.WriteAsync(
        async session =>
        {
            (string, object?)[] parameters = [("key", key), ("now", store.Time.GetUtcNow()), ("error", "The schedule was unregistered.")];
            await session.ExecuteAsync(
                """
                update napter_run_device set state = 'Lost', ended = @now, error = @error
                where state = 'Waiting' and run in (select id from napter_run where pull_key = @key and served = 1 and ended is null)
                """,
                parameters,
                cancellationToken);
            return await session.ExecuteAsync(
                """
                update napter_run set ended = @now, error = @error where pull_key = @key and served = 1 and ended is null
                    and not exists (select 1 from napter_run_device d where d.run = napter_run.id and d.state = 'Running')
                """,
                parameters,
                cancellationToken);
        },
        cancellationToken);

    /// <summary>The devices of a run that wait, with the time from which each may be begun; null for from now on.</summary>
    public Task<List<(DeviceKey Device, DateTimeOffset? NextTry)>> FindWaitingAsync(long run, CancellationToken cancellationToken) => store.ReadAsync(
        session => session.QueryAsync(
            "select sim, service, address, port, next_try from napter_run_device where run = @run and state = 'Waiting'",
            [("run", run)],
            row => (DeviceColumns.Key(row), row.FindTime("next_try")),
            cancellationToken),
        cancellationToken);

    /// <summary>A device of a run, and how it stands.</summary>
    public async Task<(PullDevice Device, NapterPullDevice State)?> FindDeviceAsync(long run, DeviceKey device, CancellationToken cancellationToken) => await store.ReadAsync(
        async session => (await session.QueryAsync<(PullDevice, NapterPullDevice)?>(
            $"{DeviceAndRun} where d.run = @run and d.sim = @sim and d.service = @service and d.address = @address and d.port = @port",
            [.. DeviceColumns.Of(device), ("run", run)],
            row => (DeviceColumns.Device(row), Read(row)),
            cancellationToken)).FirstOrDefault(),
        cancellationToken);

    /// <summary>The devices of a run.</summary>
    public Task<List<NapterPullDevice>> FindDevicesAsync(long run, CancellationToken cancellationToken) => store.ReadAsync(
        session => session.QueryAsync($"{DeviceAndRun} where d.run = @run order by d.sim, d.port", [("run", run)], Read, cancellationToken), cancellationToken);

    /// <summary>What is still to be done.</summary>
    public async Task<PullBacklog> BacklogAsync(CancellationToken cancellationToken) => (await store.ReadAsync(
        session => session.QueryAsync(
            """
            select
                (select count(*) from napter_run where served = 1 and ended is null and state = 'Queued') as queued,
                (select count(*) from napter_run_device d join napter_run r on r.id = d.run where r.served = 1 and r.ended is null and d.state = 'Waiting') as waiting,
                (select count(*) from napter_run_device where state = 'Running') as running,
                (select count(*) from napter_member where seen > @then) as members
            """,
            [("then", store.Time.GetUtcNow() - PullRuns.Lease)],
            row => new PullBacklog((int)row.Number("queued"), (int)row.Number("waiting"), (int)row.Number("running"), (int)row.Number("members")),
            cancellationToken),
        cancellationToken))[0];

    /// <summary>Takes ended runs to tell of; each is given to one member only, whoever did its last device, and whoever died over it.</summary>
    public async Task<List<long>> TakeEndedAsync(CancellationToken cancellationToken)
    {
        const string Untold = "told = 0 and served = 1 and ended is not null";

        // Most of the time there is none, and nothing is to be written.
        return await store.ReadAsync(session => session.CountAsync($"select count(*) from napter_run where {Untold}", [], cancellationToken), cancellationToken) == 0
            ? []
            : await store.WriteAsync(
                session => session.QueryAsync($"update napter_run set told = 1 where {Untold} returning id", [], row => row.Number("id"), cancellationToken), cancellationToken);
    }

    /// <summary>Takes ended runs to report of; each is given to one member only, until it should long have written the page.</summary>
    public async Task<List<long>> TakeReportsAsync(CancellationToken cancellationToken)
    {
        const string Unreported = "reported = 0 and served = 1 and ended is not null and (report_lease is null or report_lease < @now)";
        (string, object?)[] parameters = [("now", store.Time.GetUtcNow()), ("lease", store.Time.GetUtcNow() + PullRuns.Lease)];
        return await store.ReadAsync(session => session.CountAsync($"select count(*) from napter_run where {Unreported}", parameters[..1], cancellationToken), cancellationToken) == 0
            ? []
            : await store.WriteAsync(
                session => session.QueryAsync(
                    $"update napter_run set report_lease = @lease where {Unreported} returning id", parameters, row => row.Number("id"), cancellationToken), cancellationToken);
    }

    /// <summary>The page about a run is written.</summary>
    public Task<int> NoteReportAsync(long run, CancellationToken cancellationToken) => store.WriteAsync(
        session => session.ExecuteAsync("update napter_run set reported = 1, report_lease = null where id = @run", [("run", run)], cancellationToken), cancellationToken);

    private static NapterPullDevice Read(StoreRow row) => new()
    {
        RunId = row.Number("run"),
        Pull = StoredText.Read(row.Text("pull")),
        Imsi = row.FindText("imsi"),
        SimId = row.FindText("sim_id"),
        Name = row.FindText("name") is { } name ? StoredText.Read(name) : null,
        DevicePort = (int)row.Number("port"),
        State = row.Name<NapterPullDeviceState>("state"),
        Attempts = (int)row.Number("attempts"),
        NextTry = row.FindTime("next_try"),
        Files = row.Number("files"),
        Bytes = row.Number("bytes"),
        Started = row.FindTime("started"),
        Ended = row.FindTime("ended"),
        Computer = row.FindText("computer_name"),
        Error = row.FindText("error") is { } error ? StoredText.Read(error) : null,
    };
}

/// <summary>A run that is a service's.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Key">Its schedule's key.</param>
/// <param name="Pull">The schedule, as the run froze it.</param>
/// <param name="Scheduled">The time that it runs for.</param>
/// <param name="Started">When it was put down.</param>
/// <param name="State">How it stands.</param>
internal sealed record ServedRun(long Id, string Key, NapterPull Pull, DateTimeOffset Scheduled, DateTimeOffset Started, NapterPullRunState State)
{
    public const string Query =
        "select r.id, r.pull_key, r.definition, r.scheduled, r.started, r.ended, r.state from napter_run r where r.served = 1 and (@run = 0 or r.id = @run)";

    public static ServedRun Read(StoreRow row) => new(
        row.Number("id"),
        row.Text("pull_key"),
        PullJson.ReadOne(row.Text("definition")),
        row.Time("scheduled"),
        row.Time("started"),
        row.FindTime("ended") is not null ? NapterPullRunState.Ended : row.Name<NapterPullRunState>("state"));

    /// <summary>When a device of it is to begin: spread over the window, later by the jitter. Where the run is late, so is all of it.</summary>
    public DateTimeOffset BeginOf(DeviceKey device) =>
        (Started - Scheduled > PullTrigger.Grace ? Started : Scheduled) + PullTrigger.JitterOf(Pull, Scheduled) + PullTrigger.SpreadOf(Pull, device);
}
