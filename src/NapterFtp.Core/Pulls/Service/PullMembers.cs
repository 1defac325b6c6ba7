namespace NapterFtp.Pulls.Service;

/// <summary>The members of a store's service, as they tell of themselves.</summary>
internal sealed class PullMembers(PullStore store)
{
    /// <summary>How long a member is not forgotten that has fallen silent.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromDays(7);

    /// <summary>Says that a member lives, and what it does.</summary>
    public Task<int> SayAsync(PullMember member, NapterPullServiceState state, CancellationToken cancellationToken) => store.WriteAsync(
        session => session.ExecuteAsync(
            """
            insert into napter_member (id, name, computer, computer_name, process, process_started, started, seen, state, throttle)
            values (@id, @name, @computer, @computer_name, @process, @process_started, @started, @now, @state, @throttle)
            on conflict (id) do update set seen = excluded.seen, state = excluded.state
            """,
            [
                ("id", member.Worker.Id), ("name", StoredText.Write(member.Name)), ("computer", member.Worker.Computer), ("computer_name", Environment.MachineName),
                ("process", member.Worker.Process), ("process_started", member.Worker.ProcessStarted), ("started", member.Started), ("now", store.Time.GetUtcNow()),
                ("state", state), ("throttle", member.ThrottleLimit),
            ],
            cancellationToken),
        cancellationToken);

    /// <summary>A member is no more.</summary>
    public Task<int> LeaveAsync(PullMember member, CancellationToken cancellationToken) => store.WriteAsync(
        session => session.ExecuteAsync("delete from napter_member where id = @id", [("id", member.Worker.Id)], cancellationToken), cancellationToken);

    /// <summary>Forgets those that have been silent for long.</summary>
    public Task<int> ForgetAsync(CancellationToken cancellationToken) => store.WriteAsync(
        session => session.ExecuteAsync("delete from napter_member where seen < @then", [("then", store.Time.GetUtcNow() - Memory)], cancellationToken), cancellationToken);

    /// <summary>All members, by computer and start.</summary>
    /// <param name="life">Tells which of this computer's live.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlyList<NapterPullService>> FindAsync(HistoryOwner life, CancellationToken cancellationToken)
    {
        var backlog = await new PullQueue(store).BacklogAsync(cancellationToken);
        var now = store.Time.GetUtcNow();
        return await store.ReadAsync(
            async session =>
            {
                var work = await session.QueryAsync(
                    "select distinct d.worker, r.pull from napter_run_device d join napter_run r on r.id = d.run where d.state = 'Running' order by r.pull",
                    [],
                    row => (Worker: row.Text("worker"), Pull: StoredText.Read(row.Text("pull"))),
                    cancellationToken);
                var pulls = work.ToLookup(one => one.Worker, one => one.Pull);
                return await session.QueryAsync(
                    """
                    select m.id, m.name, m.computer, m.computer_name, m.process, m.process_started, m.started, m.seen, m.state, m.throttle,
                        (select count(*) from napter_run_device d where d.worker = m.id and d.state = 'Running') as devices
                    from napter_member m order by m.computer_name, m.started, m.id
                    """,
                    [],
                    row => Read(row, now, life, backlog, [.. pulls[row.Text("id")]]),
                    cancellationToken);
            },
            cancellationToken);
    }

    private NapterPullService Read(StoreRow row, DateTimeOffset now, HistoryOwner life, PullBacklog backlog, IReadOnlyList<string> pulls)
    {
        var lives = now - row.Time("seen") < PullRuns.Lease
            && (row.Text("computer") != life.Computer || life.IsAlive(row.Text("id"), (int)row.Number("process"), row.Time("process_started")));
        return new NapterPullService
        {
            Name = StoredText.Read(row.Text("name")),
            Computer = row.Text("computer_name"),
            ProcessId = (int)row.Number("process"),
            State = lives ? row.Name<NapterPullServiceState>("state") : NapterPullServiceState.Silent,
            Devices = (int)row.Number("devices"),
            ThrottleLimit = (int)row.Number("throttle"),
            Pull = pulls,
            Started = row.Time("started"),
            LastSeen = row.Time("seen"),
            Waiting = backlog.Waiting,
            Queued = backlog.Queued,
            Store = store.Address.Name,
        };
    }
}

/// <summary>A member of a service.</summary>
/// <param name="Worker">It, as the ledger of runs knows it.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Started">When it was started.</param>
/// <param name="ThrottleLimit">Devices at a time.</param>
internal sealed record PullMember(PullWorker Worker, string Name, DateTimeOffset Started, int ThrottleLimit);
