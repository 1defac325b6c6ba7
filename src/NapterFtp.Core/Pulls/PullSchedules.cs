using NapterFtp.Copy;

namespace NapterFtp.Pulls;

/// <summary>The schedules in a store. What a schedule is, its JSON says; what becomes of it, the columns.</summary>
internal sealed class PullSchedules(PullStore store)
{
    private const string Columns = "name, enabled, definition, revision, created, changed, last_run, since";

    /// <summary>All schedules of a name, by name.</summary>
    /// <param name="name">A name, or a pattern.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<List<NapterPull>> FindAsync(string name, CancellationToken cancellationToken)
    {
        var pattern = new Wildcard(name);
        var now = store.Time.GetUtcNow();
        var all = await store.ReadAsync(
            session => session.QueryAsync($"select {Columns} from napter_pull order by key", [], row => Read(row, now), cancellationToken), cancellationToken);
        return [.. all.Where(pull => pattern.IsMatch(pull.Name))];
    }

    /// <summary>The schedule of a name.</summary>
    /// <exception cref="NapterFtpException"><c>PullNotFound</c>.</exception>
    public async Task<NapterPull> GetAsync(string name, CancellationToken cancellationToken) =>
        await store.ReadAsync(session => FindAsync(session, name, cancellationToken), cancellationToken) ?? throw NotFound(name);

    /// <summary>Keeps schedules, all or none.</summary>
    /// <param name="pulls">The schedules, checked here.</param>
    /// <param name="replace">Whether one of the same name is replaced; else that is an error.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="NapterFtpException"><c>InvalidPull</c>, <c>PullExists</c>.</exception>
    public Task<List<NapterPull>> RegisterAsync(IReadOnlyList<NapterPull> pulls, bool replace, CancellationToken cancellationToken)
    {
        foreach (var pull in pulls)
        {
            PullRules.Check(pull);
        }

        return store.WriteAsync(
            async session =>
            {
                var kept = new List<NapterPull>();
                foreach (var pull in pulls)
                {
                    if (!replace && await FindAsync(session, pull.Name, cancellationToken) is { } other)
                    {
                        throw Exists(other);
                    }

                    kept.Add(await KeepAsync(session, pull, cancellationToken));
                }

                return kept;
            },
            cancellationToken);
    }

    /// <summary>Changes a schedule as it stands at that moment.</summary>
    /// <exception cref="NapterFtpException"><c>InvalidPull</c>, <c>PullNotFound</c>.</exception>
    public Task<NapterPull> ChangeAsync(string name, Func<NapterPull, NapterPull> change, CancellationToken cancellationToken) => store.WriteAsync(
        async session =>
        {
            var changed = change(await FindAsync(session, name, cancellationToken) ?? throw NotFound(name));
            PullRules.Check(changed);
            return await KeepAsync(session, changed, cancellationToken);
        },
        cancellationToken);

    /// <summary>Forgets a schedule; its history stays.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> UnregisterAsync(string name, CancellationToken cancellationToken) => await store.WriteAsync(
        session => session.ExecuteAsync("delete from napter_pull where key = @key", [("key", KeyOf(name))], cancellationToken), cancellationToken) > 0;

    /// <summary>What a service is to run, as it stands: what a schedule is called, which it is, and since when its times count.</summary>
    /// <param name="key">One schedule's <see cref="KeyOf"/>; null for all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<List<StandingPull>> FindStandingAsync(string? key, CancellationToken cancellationToken) => store.ReadAsync(
        session => session.QueryAsync(
            $"select key, {Columns} from napter_pull where @key = '' or key = @key order by key",
            [("key", key ?? string.Empty)],
            row => new StandingPull(
                row.Text("key"),
                Read(row),
                new[] { row.FindTime("last_run"), row.FindTime("since"), row.FindTime("created") }.Max() ?? default),
            cancellationToken),
        cancellationToken);

    /// <summary>The error that there is no schedule of a name.</summary>
    public static NapterFtpException NotFound(string name) => new(
        "PullNotFound",
        NapterFtpErrorKind.NotFound,
        $"There is no schedule '{LocalNames.Printable(name)}' in the store.",
        "See which there are with Get-NapterPull; give the -Store that it was registered in.",
        LocalNames.Printable(name));

    private static NapterFtpException Exists(NapterPull other) => new(
        "PullExists",
        NapterFtpErrorKind.InUse,
        $"There is a schedule '{LocalNames.Printable(other.Name)}' already.",
        "Change it with Set-NapterPull, replace it with -Force, or choose another name.",
        LocalNames.Printable(other.Name));

    /// <summary>Upper and lower case are the same, and so are two ways to write one character.</summary>
    public static string KeyOf(string name) => StoredText.Write(name.Normalize().ToUpperInvariant());

    private static NapterPull Read(StoreRow row) => PullJson.ReadOne(row.Text("definition")) with
    {
        Enabled = row.Number("enabled") != 0,
        Revision = (int)row.Number("revision"),
        Created = row.FindTime("created"),
        Changed = row.FindTime("changed"),
        LastRun = row.FindTime("last_run"),
    };

    private static NapterPull Read(StoreRow row, DateTimeOffset now)
    {
        var pull = Read(row);
        return pull with { NextRun = pull.Enabled ? NextOf(pull, now) : null };
    }

    /// <summary>Null too where this computer cannot tell, as with a time zone that it does not know: the schedule is to be seen, and mended.</summary>
    private static DateTimeOffset? NextOf(NapterPull pull, DateTimeOffset now)
    {
        try
        {
            return PullTrigger.Of(pull).NextAfter(now);
        }
        catch (NapterFtpException exception) when (exception.ErrorId == "InvalidPull")
        {
            return null;
        }
    }

    private async Task<NapterPull?> FindAsync(StoreSession session, string name, CancellationToken cancellationToken)
    {
        var now = store.Time.GetUtcNow();
        return (await session.QueryAsync(
            $"select {Columns} from napter_pull where key = @key", [("key", KeyOf(name))], row => Read(row, now), cancellationToken)).FirstOrDefault();
    }

    private async Task<NapterPull> KeepAsync(StoreSession session, NapterPull pull, CancellationToken cancellationToken)
    {
        // What went by while it was disabled, or had other times, was not missed.
        var before = await FindAsync(session, pull.Name, cancellationToken);
        var starts = before is null || !before.Enabled || TimesOf(before) != TimesOf(pull);
        await session.ExecuteAsync(
            """
            insert into napter_pull (key, name, enabled, definition, revision, created, changed, since) values (@key, @name, @enabled, @definition, 1, @now, @now, @now)
            on conflict (key) do update set name = excluded.name, enabled = excluded.enabled, definition = excluded.definition,
                revision = napter_pull.revision + 1, changed = excluded.changed, since = case when @starts = 1 then excluded.since else napter_pull.since end
            """,
            [
                ("key", KeyOf(pull.Name)), ("name", StoredText.Write(pull.Name)), ("enabled", pull.Enabled), ("definition", PullJson.WriteOne(pull)), ("now", store.Time.GetUtcNow()),
                ("starts", starts),
            ],
            cancellationToken);
        return await FindAsync(session, pull.Name, cancellationToken) ?? throw NotFound(pull.Name);
    }

    private static string TimesOf(NapterPull pull) => string.Join('\n', [pull.Cron, pull.Every?.ToString(), pull.TimeZone, .. pull.At]);
}

/// <summary>A schedule and since when its times count: what came before has been run, or was never to be.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Pull">The schedule.</param>
/// <param name="Since">The last run's time, or since when it is enabled with these times.</param>
internal sealed record StandingPull(string Key, NapterPull Pull, DateTimeOffset Since);
