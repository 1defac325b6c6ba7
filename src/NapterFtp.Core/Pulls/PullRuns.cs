using System.Globalization;
using NapterFtp.Copy;

namespace NapterFtp.Pulls;

/// <summary>The ledger of runs. It makes once of at least once: a run begun again is the same run, a device that is done in it is not done again,
/// and no device is worked on twice at a time, whichever run and computer it is for.</summary>
internal sealed class PullRuns(PullStore store)
{
    /// <summary>How long a device is its worker's without a word of it: more than clocks of computers differ.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    /// <summary>How often a worker says that it lives.</summary>
    public static readonly TimeSpan Renewal = TimeSpan.FromSeconds(20);

    private const int DevicesAtOnce = 200;
    private const string OfDevice = DeviceColumns.AreThose;

    /// <summary>What becomes of a device whose worker has gone: a run that goes on does it, and so does a service.</summary>
    private const string Freed = "case when run = @run or run in (select id from napter_run where served = 1 and ended is null) then 'Waiting' else 'Lost' end";

    /// <summary>Begins a run, or finds the one that was begun for this time.</summary>
    /// <returns>The run's number.</returns>
    public Task<long> BeginAsync(NapterPull pull, DateTimeOffset scheduled, CancellationToken cancellationToken) => BeginAsync(pull, scheduled, served: false, cancellationToken);

    /// <summary>Puts a run down for a service, or finds the one that was put down for this time.</summary>
    /// <returns>The run's number.</returns>
    public Task<long> QueueAsync(NapterPull pull, DateTimeOffset scheduled, CancellationToken cancellationToken) => BeginAsync(pull, scheduled, served: true, cancellationToken);

    /// <summary>Gives a run its devices; those that it has already stay as they are.</summary>
    /// <param name="run">The run.</param>
    /// <param name="devices">The devices.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<int> FreezeAsync(long run, IReadOnlyCollection<PullDevice> devices, CancellationToken cancellationToken) => store.WriteAsync(
        async session =>
        {
            var added = 0;
            foreach (var chunk in devices.Chunk(DevicesAtOnce))
            {
                var parameters = new List<(string, object?)> { ("run", run) };
                var values = new List<string>(chunk.Length);
                for (var i = 0; i < chunk.Length; i++)
                {
                    var number = i.ToString(CultureInfo.InvariantCulture);
                    values.Add($"(@run, @sim{number}, @service{number}, @address{number}, @port{number}, 'Waiting', 0, 0, 0, @imsi{number}, @sim_id{number}, @name{number})");
                    parameters.AddRange(DeviceColumns.Of(chunk[i].Key).Select(column => (column.Name + number, column.Value)));
                    parameters.AddRange(
                        [("imsi" + number, chunk[i].Imsi), ("sim_id" + number, chunk[i].SimId), ("name" + number, chunk[i].Name is { } name ? StoredText.Write(name) : null)]);
                }

                added += await session.ExecuteAsync(
                    $"""
                    insert into napter_run_device (run, sim, service, address, port, state, attempts, files, bytes, imsi, sim_id, name)
                    values {string.Join(", ", values)} on conflict do nothing
                    """,
                    parameters,
                    cancellationToken);
            }

            return added;
        },
        cancellationToken);

    /// <summary>Takes a device of a run for a worker.</summary>
    /// <param name="run">The run.</param>
    /// <param name="device">The device.</param>
    /// <param name="worker">Who is to work on it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<PullClaim> ClaimAsync(long run, DeviceKey device, PullWorker worker, CancellationToken cancellationToken)
    {
        // Where the answer is lost and the store asks again, the moment tells that the device is this claim's already.
        var now = store.Time.GetUtcNow();
        return store.WriteAsync(session => ClaimAsync(session, run, device, worker, now, cancellationToken), cancellationToken);
    }

    /// <summary>Frees at once what dead workers of one computer had: there it can be seen that they are.</summary>
    /// <param name="run">The run that goes on, or null for none; in others those devices are lost, but for a service's.</param>
    /// <param name="computer">The computer.</param>
    /// <param name="isAlive">Whether a worker still works.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How many devices were freed.</returns>
    public async Task<int> FreeDeadAsync(long? run, string computer, Func<PullWorker, bool> isAlive, CancellationToken cancellationToken)
    {
        var workers = await store.ReadAsync(
            session => session.QueryAsync(
                "select distinct worker, process, process_started from napter_run_device where state = 'Running' and computer = @computer",
                [("computer", computer)],
                row => new PullWorker(row.Text("worker"), computer, (int)row.Number("process"), row.Time("process_started")),
                cancellationToken),
            cancellationToken);
        var freed = 0;
        foreach (var worker in workers.Where(worker => !isAlive(worker)))
        {
            freed += await store.WriteAsync(
                session => session.ExecuteAsync(
                    $"update napter_run_device set state = {Freed} where worker = @worker and computer = @computer and state = 'Running'",
                    [("run", run ?? 0L), ("worker", worker.Id), ("computer", computer)],
                    cancellationToken),
                cancellationToken);
        }

        return freed;
    }

    /// <summary>Frees what workers had that have been silent for too long, wherever they are.</summary>
    public Task<int> FreeSilentAsync(CancellationToken cancellationToken) => store.WriteAsync(
        session => session.ExecuteAsync(
            $"update napter_run_device set state = {Freed} where state = 'Running' and lease < @now", [("run", 0L), ("now", store.Time.GetUtcNow())], cancellationToken),
        cancellationToken);

    /// <summary>Says that a worker lives.</summary>
    /// <returns>How many devices it has.</returns>
    public Task<int> RenewAsync(string worker, CancellationToken cancellationToken) => store.WriteAsync(
        session => session.ExecuteAsync(
            "update napter_run_device set lease = @lease where worker = @worker and state = 'Running'",
            [("worker", worker), ("lease", store.Time.GetUtcNow() + Lease)],
            cancellationToken),
        cancellationToken);

    /// <summary>Notes how a worker's work on a device ended, and the run with it where that was the last one.</summary>
    /// <param name="run">The run.</param>
    /// <param name="device">The device.</param>
    /// <param name="worker">Who worked on it.</param>
    /// <param name="tally">What came of it.</param>
    /// <param name="retry">When it is tried again; null for never.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What that makes of the device; null where it was not the worker's any more.</returns>
    public Task<PullEnd?> FinishAsync(long run, DeviceKey device, string worker, PullTally tally, PullRetry? retry, CancellationToken cancellationToken)
    {
        var now = store.Time.GetUtcNow();
        return store.WriteAsync(
            async session =>
            {
                // One after the other: two that end at the same moment would each take the other's for the last one.
                await session.WaitForTurnAsync($"napter_run {run.ToString(CultureInfo.InvariantCulture)}", cancellationToken);
                if (await FindHeldAsync(session, run, device, worker, now, cancellationToken) is not { } held)
                {
                    return null;
                }

                var end = held.State == NapterPullDeviceState.Running ? PullEnd.Of(tally, held.Attempts, retry, now) : held;
                if (held.State == NapterPullDeviceState.Running)
                {
                    await session.ExecuteAsync(
                        $"""
                        update napter_run_device set state = @state, files = files + @files, bytes = bytes + @bytes, error = @error, ended = @now, next_try = @next, lease = null
                        where run = @run and {OfDevice}
                        """,
                        [
                            .. DeviceColumns.Of(device), ("run", run), ("state", end.State), ("files", tally.Files), ("bytes", tally.Bytes),
                            ("error", end.Error is { } error ? StoredText.Write(error) : null), ("now", now), ("next", end.NextTry),
                        ],
                        cancellationToken);
                }

                return end with { EndsRun = await EndAsync(session, run, now, cancellationToken) > 0 };
            },
            cancellationToken);
    }

    /// <summary>Gives a device back that a worker has not come to an end with; that it was begun does not count.</summary>
    public Task<int> ReleaseAsync(long run, DeviceKey device, string worker, PullTally tally, CancellationToken cancellationToken) => store.WriteAsync(
        session => session.ExecuteAsync(
            $"""
            update napter_run_device set state = 'Waiting', attempts = attempts - 1, files = files + @files, bytes = bytes + @bytes, lease = null
            where run = @run and {OfDevice} and worker = @worker and state = 'Running'
            """,
            [.. DeviceColumns.Of(device), ("run", run), ("worker", worker), ("files", tally.Files), ("bytes", tally.Bytes)],
            cancellationToken),
        cancellationToken);

    /// <summary>Ends a run of which no device is left, as one without any.</summary>
    public Task<int> EndAsync(long run, CancellationToken cancellationToken) => store.WriteAsync(
        async session =>
        {
            await session.WaitForTurnAsync($"napter_run {run.ToString(CultureInfo.InvariantCulture)}", cancellationToken);
            return await EndAsync(session, run, store.Time.GetUtcNow(), cancellationToken);
        },
        cancellationToken);

    /// <summary>The runs, the latest first.</summary>
    /// <param name="pull">The schedule's name, with wildcards; null for all.</param>
    /// <param name="run">The run's number; null for all.</param>
    /// <param name="since">Only runs that began from then on.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<List<NapterPullRun>> FindAsync(string? pull, long? run, DateTimeOffset? since, CancellationToken cancellationToken)
    {
        var pattern = pull is null ? null : new Wildcard(pull);
        var runs = await store.ReadAsync(
            session => session.QueryAsync(
                """
                select r.id, r.pull, r.scheduled, r.started, r.ended, r.computer_name, r.state, r.error as trouble,
                    count(d.run) as devices,
                    sum(case when d.state = 'Done' then 1 else 0 end) as done,
                    sum(case when d.state in ('Failed', 'GivenUp', 'Lost') then 1 else 0 end) as failed,
                    sum(d.files) as files, sum(d.bytes) as bytes, max(d.error) as error
                from napter_run r left join napter_run_device d on d.run = r.id
                where (@run = 0 or r.id = @run) and r.started >= @since
                group by r.id, r.pull, r.scheduled, r.started, r.ended, r.computer_name, r.state, r.error
                order by r.id desc
                """,
                [("run", run ?? 0L), ("since", since ?? DateTimeOffset.UnixEpoch)],
                Read,
                cancellationToken),
            cancellationToken);
        return [.. runs.Where(found => pattern?.IsMatch(found.Pull) != false)];
    }

    private static NapterPullRun Read(StoreRow row)
    {
        var (devices, done, failed) = ((int)row.Number("devices"), (int)row.Number("done"), (int)row.Number("failed"));
        return new NapterPullRun
        {
            Id = row.Number("id"),
            Pull = StoredText.Read(row.Text("pull")),
            Scheduled = row.Time("scheduled"),
            Started = row.Time("started"),
            Ended = row.FindTime("ended"),
            Devices = devices,
            Done = done,
            Failed = failed,
            Waiting = devices - done - failed,
            Files = row.Number("files"),
            Bytes = row.Number("bytes"),
            Computer = row.FindText("computer_name"),
            State = row.FindTime("ended") is not null ? NapterPullRunState.Ended : row.Name<NapterPullRunState>("state"),
            Error = (row.FindText("trouble") ?? row.FindText("error")) is { } error ? StoredText.Read(error) : null,
        };
    }

    private Task<long> BeginAsync(NapterPull pull, DateTimeOffset scheduled, bool served, CancellationToken cancellationToken) => store.WriteAsync(
        async session =>
        {
            var now = store.Time.GetUtcNow();
            await session.ExecuteAsync(
                "update napter_pull set last_run = @scheduled where key = @key and (last_run is null or last_run < @scheduled)",
                [("key", PullSchedules.KeyOf(pull.Name)), ("scheduled", scheduled)],
                cancellationToken);
            return await session.CountAsync(
                """
                insert into napter_run (pull_key, pull, scheduled, started, definition, computer_name, served, state)
                values (@key, @pull, @scheduled, @now, @definition, @computer, @served, @state)
                on conflict (pull_key, scheduled) do update set computer_name = excluded.computer_name returning id
                """,
                [
                    ("key", PullSchedules.KeyOf(pull.Name)), ("pull", StoredText.Write(pull.Name)), ("scheduled", scheduled), ("now", now),
                    ("definition", PullJson.WriteOne(pull)), ("computer", Environment.MachineName), ("served", served),
                    ("state", served ? NapterPullRunState.Queued : NapterPullRunState.Running),
                ],
                cancellationToken);
        },
        cancellationToken);

    private static async Task<PullClaim> ClaimAsync(
        StoreSession session, long run, DeviceKey device, PullWorker worker, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await session.WaitForTurnAsync($"napter_run_device {device.Sim} {device.Service} {device.Address} {device.Port}", cancellationToken);

        // What a worker that has died has of this device, in whichever run.
        await session.ExecuteAsync(
            $"update napter_run_device set state = {Freed} where {OfDevice} and state = 'Running' and lease < @now",
            [.. DeviceColumns.Of(device), ("run", run), ("now", now)],
            cancellationToken);
        var taken = await session.ExecuteAsync(
            $"""
            update napter_run_device set state = 'Running', attempts = attempts + 1, worker = @worker, lease = @lease, started = @now,
                computer = @computer, computer_name = @computer_name, process = @process, process_started = @process_started
            where run = @run and {OfDevice} and (state = 'Waiting' or (state = 'Running' and worker = @worker and started = @now))
                and not exists (select 1 from napter_run_device other where other.sim = @sim and other.service = @service and other.address = @address
                    and other.port = @port and other.state = 'Running' and other.run <> @run)
            """,
            [
                .. DeviceColumns.Of(device), ("run", run), ("worker", worker.Id), ("now", now), ("lease", now + Lease), ("computer", worker.Computer),
                ("computer_name", Environment.MachineName), ("process", worker.Process), ("process_started", worker.ProcessStarted),
            ],
            cancellationToken);
        if (taken > 0)
        {
            return PullClaim.Taken;
        }

        var open = await session.CountAsync(
            $"select count(*) from napter_run_device where run = @run and {OfDevice} and state in ('Waiting', 'Running')", [.. DeviceColumns.Of(device), ("run", run)], cancellationToken);
        return open > 0 ? PullClaim.Busy : PullClaim.Done;
    }

    /// <summary>How a device stands that a worker took last.</summary>
    private static async Task<PullEnd?> FindHeldAsync(
        StoreSession session, long run, DeviceKey device, string worker, DateTimeOffset now, CancellationToken cancellationToken) => (await session.QueryAsync(
            $"select state, attempts, next_try, error from napter_run_device where run = @run and {OfDevice} and worker = @worker and (state = 'Running' or ended = @now)",
            [.. DeviceColumns.Of(device), ("run", run), ("worker", worker), ("now", now)],
            row => new PullEnd(row.Name<NapterPullDeviceState>("state"), (int)row.Number("attempts"), row.FindTime("next_try"), row.FindText("error")),
            cancellationToken)).FirstOrDefault();

    private static Task<int> EndAsync(StoreSession session, long run, DateTimeOffset now, CancellationToken cancellationToken) => session.ExecuteAsync(
        """
        update napter_run set ended = @now where id = @run and ended is null
            and not exists (select 1 from napter_run_device d where d.run = @run and d.state in ('Waiting', 'Running'))
        """,
        [("run", run), ("now", now)],
        cancellationToken);
}

/// <summary>Who works on devices.</summary>
/// <param name="Id">Its own.</param>
/// <param name="Computer">Where (<see cref="Entries.ComputerId"/>).</param>
/// <param name="Process">Its process.</param>
/// <param name="ProcessStarted">When that started.</param>
internal sealed record PullWorker(string Id, string Computer, int Process, DateTimeOffset ProcessStarted)
{
    public static PullWorker Of(HistoryOwner life) => new(life.Id, life.Computer, life.Process, life.ProcessStarted);
}

/// <summary>What became of the wish to work on a device.</summary>
internal enum PullClaim
{
    /// <summary>It is the worker's.</summary>
    Taken,

    /// <summary>It is done in this run.</summary>
    Done,

    /// <summary>Another works on it, for this run or another.</summary>
    Busy,
}

/// <summary>What came of a device.</summary>
/// <param name="Files">Files that were copied.</param>
/// <param name="Bytes">Bytes that crossed the network.</param>
/// <param name="Error">What went wrong first; null where nothing did.</param>
/// <param name="IsFinal">Whether it is no use to try again: what was asked for cannot be, or must not be, done.</param>
internal readonly record struct PullTally(long Files, long Bytes, string? Error, bool IsFinal = false);
