namespace NapterFtp.Pulls;

/// <summary>What a report tells: runs, days and devices, added up from a store.</summary>
internal sealed record PullReport
{
    /// <summary>More failures than these are only counted: a page is for people.</summary>
    public const int MostFailures = 500;

    /// <summary>The first moment that it is about; null for the beginning.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The moment that it is about up to.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>The schedules' name or pattern; null for all, and copies by hand.</summary>
    public string? Pull { get; init; }

    /// <summary>The zone of all that is shown.</summary>
    public required TimeZoneInfo Zone { get; init; }

    /// <summary>The runs, the latest first.</summary>
    public required IReadOnlyList<NapterPullRun> Runs { get; init; }

    /// <summary>The days on which something was begun, in order.</summary>
    public required IReadOnlyList<ReportDay> Days { get; init; }

    /// <summary>The devices: those with trouble first, then by bytes.</summary>
    public required IReadOnlyList<ReportDevice> Devices { get; init; }

    /// <summary>What SIMs were called when they were last pulled from, by their ID.</summary>
    public IReadOnlyDictionary<string, string> Names { get; init; } = new Dictionary<string, string>();

    /// <summary>What did not come, the latest first, up to <see cref="MostFailures"/>.</summary>
    public required IReadOnlyList<NapterPullHistory> Failures { get; init; }

    /// <summary>What came later than wanted, up to <see cref="MostFailures"/>.</summary>
    public required IReadOnlyList<NapterPullHistory> Late { get; init; }

    /// <summary>All days together.</summary>
    public ReportSum Sum => Days.Aggregate(new ReportSum(), (sum, day) => sum + day.Sum);

    /// <summary>Adds up a store.</summary>
    /// <param name="store">The store.</param>
    /// <param name="query">Which of the history.</param>
    /// <param name="late">How long after a device wrote a file it should be here; null for no limit.</param>
    /// <param name="zone">The zone of days.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<PullReport> ReadAsync(PullStore store, HistoryQuery query, TimeSpan? late, TimeZoneInfo zone, CancellationToken cancellationToken)
    {
        var until = query.Until ?? store.Time.GetUtcNow();
        var days = new SortedDictionary<DateOnly, ReportSum>();
        var devices = new Dictionary<(string, int), ReportDevice>();
        var (failures, lates) = (new List<NapterPullHistory>(), new List<NapterPullHistory>());
        await foreach (var record in query.ReadAsync(store, cancellationToken))
        {
            var isLate = late is { } limit && HistoryQuery.IsLate(record, limit);
            var sum = ReportSum.Of(record, isLate);
            var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(record.Started, zone).DateTime);
            days[day] = days.GetValueOrDefault(day) + sum;
            var key = (record.SimId ?? record.Imsi ?? string.Empty, record.DevicePort);
            var device = devices.GetValueOrDefault(key) ?? new ReportDevice(key.Item1, key.DevicePort, default, null, null);
            devices[key] = device with
            {
                Sum = device.Sum + sum,
                LastCopied = device.LastCopied ?? (record.Outcome == NapterPullOutcome.Copied ? record.Ended : null),
                LastError = device.LastError ?? (sum.Failed > 0 ? record.Error : null),
            };
            Keep(failures, record, sum.Failed > 0);
            Keep(lates, record, isLate);
        }

        var runs = await new PullRuns(store).FindAsync(query.Pull, query.Run, query.Since, cancellationToken);
        return new PullReport
        {
            Since = query.Since,
            Until = until,
            Pull = query.Pull,
            Zone = zone,
            Runs = [.. runs.Where(run => run.Started < until)],
            Days = [.. days.Select(day => new ReportDay(day.Key, day.Value))],
            Devices = [.. devices.Values.OrderByDescending(device => device.Sum.Failed > 0).ThenByDescending(device => device.Sum.Bytes).ThenBy(device => device.Sim, StringComparer.Ordinal)],
            Failures = failures,
            Late = lates,
            Names = await FindNamesAsync(store, query.Run, cancellationToken),
        };
    }

    private static async Task<Dictionary<string, string>> FindNamesAsync(PullStore store, long? run, CancellationToken cancellationToken)
    {
        var found = await store.ReadAsync(
            session => session.QueryAsync(
                """
                select sim, name, max(run) as latest from napter_run_device where name is not null and (@run = 0 or run = @run)
                group by sim, name order by latest desc
                """,
                [("run", run ?? 0L)],
                row => (Sim: row.Text("sim"), Name: StoredText.Read(row.Text("name"))),
                cancellationToken),
            cancellationToken);
        return found.DistinctBy(one => one.Sim).ToDictionary(one => one.Sim, one => one.Name, StringComparer.Ordinal);
    }

    private static void Keep(List<NapterPullHistory> list, NapterPullHistory record, bool matches)
    {
        if (matches && list.Count < MostFailures)
        {
            list.Add(record);
        }
    }
}

/// <summary>What came and did not.</summary>
/// <param name="Files">Files copied.</param>
/// <param name="Bytes">Bytes that crossed the network.</param>
/// <param name="Failed">Files that failed or changed meanwhile.</param>
/// <param name="Postponed">Files left for a later run.</param>
/// <param name="Late">Files copied, but later than wanted.</param>
/// <param name="Duration">The time of all transfers together.</param>
internal readonly record struct ReportSum(long Files, long Bytes, long Failed, long Postponed, long Late, TimeSpan Duration)
{
    public static ReportSum operator +(ReportSum a, ReportSum b) => new(
        a.Files + b.Files, a.Bytes + b.Bytes, a.Failed + b.Failed, a.Postponed + b.Postponed, a.Late + b.Late, a.Duration + b.Duration);

    public static ReportSum Of(NapterPullHistory record, bool isLate) => new(
        record.Outcome == NapterPullOutcome.Copied ? 1 : 0,
        record.Transferred,
        record.Outcome is NapterPullOutcome.Failed or NapterPullOutcome.Changed ? 1 : 0,
        record.Outcome == NapterPullOutcome.Postponed ? 1 : 0,
        isLate ? 1 : 0,
        record.Duration);
}

/// <summary>One day.</summary>
internal sealed record ReportDay(DateOnly Day, ReportSum Sum);

/// <summary>One device.</summary>
/// <param name="Sim">Its SIM ID, or IMSI where that was what was known.</param>
/// <param name="Port">Its FTP port.</param>
/// <param name="Sum">What came and did not.</param>
/// <param name="LastCopied">When it gave a file last.</param>
/// <param name="LastError">Its latest error.</param>
internal sealed record ReportDevice(string Sim, int Port, ReportSum Sum, DateTimeOffset? LastCopied, string? LastError);
