using System.Runtime.CompilerServices;
using NapterFtp.Copy;

namespace NapterFtp.Pulls;

/// <summary>Which records of a history to show; null is any.</summary>
internal sealed record HistoryQuery
{
    private const int PageLength = 1000;

    /// <summary>The device by its IMSI; a record has the SIM ID where that was known when the file was pulled.</summary>
    public string? Imsi { get; init; }

    /// <summary>The device by its SIM ID.</summary>
    public string? SimId { get; init; }

    public int? DevicePort { get; init; }

    /// <summary>A pattern of paths on the device, with wildcards.</summary>
    public string? Path { get; init; }

    /// <summary>A schedule's name, with wildcards.</summary>
    public string? Pull { get; init; }

    public long? Run { get; init; }

    public DateTimeOffset? Since { get; init; }

    public DateTimeOffset? Until { get; init; }

    public IReadOnlyCollection<NapterPullOutcome> Outcomes { get; init; } = [];

    /// <summary>Only what arrived later than this after the device had written it.</summary>
    public TimeSpan? Late { get; init; }

    /// <summary>Reads the records, the latest first, a page at a time: a history may be long.</summary>
    public async IAsyncEnumerable<NapterPullHistory> ReadAsync(PullStore store, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var path = Path is null || !Wildcard.IsPattern(Path) ? null : new Wildcard(Path);
        var pull = Pull is null ? null : new Wildcard(Pull);
        var numbers = await store.ReadAsync(session => DeviceNumbers.ListAsync(session, cancellationToken), cancellationToken);
        var imsis = numbers.DistinctBy(number => number.SimId).ToDictionary(number => number.SimId, number => number.Imsi, StringComparer.Ordinal);
        string[] sims = [.. new[] { SimId, Imsi }.OfType<string>(), .. numbers.Where(number => number.Imsi == Imsi).Select(number => number.SimId)];
        var (before, now) = (long.MaxValue, store.Time.GetUtcNow());
        while (true)
        {
            var (where, parameters) = Conditions(sims);
            var page = await store.ReadAsync(
                session => session.QueryAsync(
                    $"select * from napter_file where id < @before{where} order by id desc limit {PageLength}",
                    [("before", before), .. parameters],
                    row => Record(row, imsis, now),
                    cancellationToken),
                cancellationToken);
            foreach (var record in page.Where(record => (path?.IsMatch(record.Path) ?? true) && (pull is null || record.Pull is { } name && pull.IsMatch(name)) && (Late is not { } late || IsLate(record, late))))
            {
                yield return record;
            }

            if (page.Count < PageLength)
            {
                yield break;
            }

            before = page[^1].Id;
        }
    }

    private static NapterPullHistory Record(StoreRow row, IReadOnlyDictionary<string, string> imsis, DateTimeOffset now)
    {
        var sim = row.Text("sim");
        var byImsi = sim.Length <= 15;
        return new NapterPullHistory
        {
            Id = row.Number("id"),
            Imsi = byImsi ? sim : imsis.GetValueOrDefault(sim),
            SimId = byImsi ? null : sim,
            Service = row.Name<SimService>("service"),
            Address = row.Text("address") is { Length: > 0 } address ? address : null,
            DevicePort = (int)row.Number("port"),
            Path = StoredText.Read(row.Text("path")),
            Length = row.FindNumber("length"),
            LastWriteTime = row.FindTime("modified"),
            Outcome = row.Name<NapterPullOutcome>("outcome"),
            Hash = row.FindText("hash"),
            Pull = row.FindText("pull"),
            RunId = row.FindNumber("run"),
            Computer = row.FindText("computer_name"),
            Destination = row.FindText("destination") is { } destination ? StoredText.Read(destination) : null,
            Attempts = (int)row.Number("attempts"),
            Transferred = row.Number("bytes"),
            Duration = TimeSpan.FromTicks(row.Number("duration")),
            Started = row.Time("started"),
            Ended = row.FindTime("ended"),
            Error = row.FindText("error") is { } error ? StoredText.Read(error) : WhyUnsettled(row, now),
        };
    }

    /// <summary>A name is taken within seconds. What has not been by now only the computer it was to come to can tell.</summary>
    private static string? WhyUnsettled(StoreRow row, DateTimeOffset now) =>
        row.Name<NapterPullOutcome>("outcome") == NapterPullOutcome.Intended && now - row.Time("started") > PullRuns.Lease
            ? $"Whether it arrived is not known: its process on '{row.Text("computer_name")}' ended at that moment. The next pull from the device there finds out; others bring the file again."
            : null;

    /// <summary>Whether a file arrived later than allowed after the device had written it.</summary>
    public static bool IsLate(NapterPullHistory record, TimeSpan limit) =>
        record is { Outcome: NapterPullOutcome.Copied, LastWriteTime: { } written, Ended: { } ended } && ended - written > limit;

    private (string Where, IReadOnlyList<(string Name, object? Value)> Parameters) Conditions(string[] sims)
    {
        var conditions = new List<(string Condition, string Name, object Value)>();
        Add("port = @port", "port", DevicePort);
        Add("run = @run", "run", Run);
        Add("started >= @since", "since", Since);
        Add("started < @until", "until", Until);
        if (Path is not null && !Wildcard.IsPattern(Path))
        {
            Add("path = @path", "path", StoredText.Write(Path));
        }

        var names = Outcomes.Select(outcome => $"'{outcome}'").ToList();
        var outcomes = names.Count == 0 ? string.Empty : $" and outcome in ({string.Join(", ", names)})";
        var parameters = conditions.Select(condition => (condition.Name, (object?)condition.Value)).ToList();
        parameters.AddRange(sims.Select((sim, index) => ($"sim{index}", (object?)sim)));
        var device = sims.Length == 0 ? string.Empty : $" and sim in ({string.Join(", ", sims.Select((_, index) => $"@sim{index}"))})";
        return (string.Concat(conditions.Select(condition => $" and {condition.Condition}")) + device + outcomes, parameters);

        void Add(string condition, string name, object? value)
        {
            if (value is not null)
            {
                conditions.Add((condition, name, value));
            }
        }
    }
}

/// <summary>Which records to forget.</summary>
internal static class HistoryClearing
{
    private const string Files = "from napter_file where started < @before and outcome <> 'Intended'";

    // The last one of each schedule stays: it tells when the schedule ran, also of one that runs seldom.
    private const string Runs = "from napter_run where ended < @before and id not in (select max(id) from napter_run group by pull_key)";

    /// <summary>How many records of files and how many runs are older.</summary>
    public static Task<(long Files, long Runs)> CountAsync(PullStore store, DateTimeOffset before, CancellationToken cancellationToken) =>
        store.ReadAsync(
            async session => (
                await session.CountAsync($"select count(*) {Files}", [("before", before)], cancellationToken),
                await session.CountAsync($"select count(*) {Runs}", [("before", before)], cancellationToken)),
            cancellationToken);

    /// <summary>Deletes them; unsettled ones, and runs that go on, stay.</summary>
    public static Task<(long Files, long Runs)> ClearAsync(PullStore store, DateTimeOffset before, CancellationToken cancellationToken) =>
        store.WriteAsync(
            async session =>
            {
                var files = await session.ExecuteAsync($"delete {Files}", [("before", before)], cancellationToken);
                await session.ExecuteAsync($"delete from napter_run_device where run in (select id {Runs})", [("before", before)], cancellationToken);
                return ((long)files, (long)await session.ExecuteAsync($"delete {Runs}", [("before", before)], cancellationToken));
            },
            cancellationToken);
}
