using NapterFtp.Copy;

namespace NapterFtp.Pulls;

/// <summary>The history in a store. An intent is on the disk before the file takes its name; what a process leaves behind is settled by what
/// lies on its disk, by whoever asks next for the device on the same computer.</summary>
internal sealed class PullHistory : IFileHistory, IDisposable
{
    // Well below the fewest parameters that a statement of either database may have.
    private const int PathsAtOnce = 500;
    private const int NotesAtOnce = 200;

    private readonly PullStore _store;
    private readonly HistoryOwner _owner;
    private readonly PullOrigin _origin;

    /// <param name="store">The store; not disposed of here.</param>
    /// <param name="owner">Where this process shows that it lives.</param>
    /// <param name="origin">The schedule and run, if any.</param>
    public PullHistory(PullStore store, HistoryOwnerOptions owner, PullOrigin origin)
    {
        _store = store;
        _owner = new HistoryOwner(owner);
        _origin = origin;
    }

    public async Task<string?> RecallSimAsync(string imsi, string? simId, CancellationToken cancellationToken)
    {
        var known = await _store.ReadAsync(session => DeviceNumbers.FindAsync(session, imsi, cancellationToken), cancellationToken);
        if (simId is null || simId == known)
        {
            return known;
        }

        await _store.WriteAsync(session => DeviceNumbers.NoteAsync(session, imsi, simId, _store.Time.GetUtcNow(), cancellationToken), cancellationToken);
        return simId;
    }

    public async Task<IReadOnlySet<FileVersion>> FindAsync(DeviceKey device, IReadOnlyCollection<FileVersion> versions, CancellationToken cancellationToken)
    {
        await SettleLeftAsync(device, cancellationToken);
        var known = new HashSet<FileVersion>();
        foreach (var chunk in versions.Chunk(PathsAtOnce))
        {
            var stored = await FindStoredAsync(device, chunk, cancellationToken);
            known.UnionWith(chunk.Where(version => stored[version.Path].Any(other => IsSame(version, other))));
        }

        return known;
    }

    public Task<bool> NoteFirstAsync(DeviceKey device, string scope, IReadOnlyCollection<FileVersion> versions, CancellationToken cancellationToken) =>
        _store.WriteAsync(
            async session =>
            {
                var first = await session.ExecuteAsync(
                    """
                    insert into napter_scope (sim, service, address, port, scope, noted)
                    values (@sim, @service, @address, @port, @scope, @noted) on conflict do nothing
                    """,
                    [.. Of(device), ("scope", StoredText.Write(scope)), ("noted", _store.Time.GetUtcNow())],
                    cancellationToken);
                if (first == 0)
                {
                    return false;
                }

                foreach (var chunk in versions.Chunk(NotesAtOnce))
                {
                    await NoteAsync(session, device, chunk, cancellationToken);
                }

                return true;
            },
            cancellationToken);

    /// <summary>Whether <see cref="NoteFirstAsync"/> was never called for a device and scope.</summary>
    public async Task<bool> IsFirstAsync(DeviceKey device, string scope, CancellationToken cancellationToken) => await _store.ReadAsync(
        session => session.CountAsync(
            "select count(*) from napter_scope where sim = @sim and service = @service and address = @address and port = @port and scope = @scope",
            [.. Of(device), ("scope", StoredText.Write(scope))],
            cancellationToken),
        cancellationToken) == 0;

    public Task<long> IntendAsync(FileArrival arrival, CancellationToken cancellationToken)
    {
        _owner.Begin();
        var row = NewRow(arrival.Device, arrival.Version, NapterPullOutcome.Intended);
        row["hash"] = arrival.Hash;
        row["owner"] = _owner.Id;
        row["process"] = _owner.Process;
        row["process_started"] = _owner.ProcessStarted;
        row["partial"] = StoredText.Write(arrival.PartialPath);
        row["destination"] = StoredText.Write(arrival.Destination);
        return InsertAsync(row, cancellationToken);
    }

    public async Task SettleAsync(long intent, NapterFtpTransfer result, CancellationToken cancellationToken)
    {
        // Whatever somebody else made of it meanwhile: we know.
        var ended = _store.Time.GetUtcNow();
        await _store.WriteAsync(
            session => session.ExecuteAsync(
                """
                update napter_file set outcome = @outcome, hash = coalesce(@hash, hash), destination = @destination, attempts = @attempts, bytes = @bytes,
                    duration = @duration, started = @started, ended = @ended, error = null, partial = null, owner = null
                where id = @id
                """,
                [
                    ("id", intent), ("outcome", NapterPullOutcome.Copied), ("hash", result.Hash),
                    ("destination", StoredText.Write(result.Destination)), ("attempts", result.Attempts), ("bytes", result.Transferred),
                    ("duration", result.Duration), ("started", ended - result.Duration), ("ended", ended),
                ],
                cancellationToken),
            cancellationToken);
    }

    public Task WithdrawAsync(long intent, CancellationToken cancellationToken) => _store.WriteAsync(
        session => session.ExecuteAsync("delete from napter_file where id = @id and outcome = 'Intended'", [("id", intent)], cancellationToken),
        cancellationToken);

    public Task ReportAsync(DeviceKey device, FileVersion version, NapterFtpTransfer result, CancellationToken cancellationToken)
    {
        var row = NewRow(device, version, result.Status switch
        {
            NapterFtpTransferStatus.Changed => NapterPullOutcome.Changed,
            NapterFtpTransferStatus.Postponed => NapterPullOutcome.Postponed,
            _ => NapterPullOutcome.Failed,
        });
        var now = _store.Time.GetUtcNow();
        row["destination"] = StoredText.Write(result.Destination);
        row["attempts"] = result.Attempts;
        row["bytes"] = result.Transferred;
        row["duration"] = result.Duration;
        row["started"] = now - result.Duration;
        row["ended"] = now;
        row["error"] = result.Error is { } error ? StoredText.Write(error) : null;
        return InsertAsync(row, cancellationToken);
    }

    public void Dispose() => _owner.Dispose();

    /// <summary>Whether a version asked for is one that is stored. Where one of both has no time, or no length, the other must be the same;
    /// where neither can be compared they are not.</summary>
    internal static bool IsSame(FileVersion asked, FileVersion stored)
    {
        var length = asked.Length is { } a && stored.Length is { } b ? a == b : (bool?)null;
        var time = asked.Modified is not null && stored.Modified is not null
            ? SameFile.HasTime(asked.Modified, stored.Modified, asked.Precision > stored.Precision ? asked.Precision : stored.Precision)
            : (bool?)null;
        return (length, time) is not ((false, _) or (_, false) or (null, null));
    }

    private static IReadOnlyList<(string Name, object? Value)> Of(DeviceKey device) =>
        [("sim", device.Sim), ("service", device.Service), ("address", device.Address ?? string.Empty), ("port", device.Port)];

    private async Task<ILookup<string, FileVersion>> FindStoredAsync(
        DeviceKey device, FileVersion[] versions, CancellationToken cancellationToken)
    {
        var paths = versions.Select(version => version.Path).Distinct(StringComparer.Ordinal).Select((path, index) => ($"p{index}", (object?)StoredText.Write(path))).ToList();
        var rows = await _store.ReadAsync(
            session => session.QueryAsync(
                $"""
                select path, length, modified, modified_unit from napter_file
                where sim = @sim and service = @service and address = @address and port = @port
                    and outcome in ('Copied', 'Noted') and path in ({string.Join(", ", paths.Select(path => $"@{path.Item1}"))})
                """,
                [.. Of(device), .. paths],
                row => new FileVersion(
                    StoredText.Read(row.Text("path")), row.FindNumber("length"), row.FindTime("modified"), TimeSpan.FromTicks(row.Number("modified_unit"))),
                cancellationToken),
            cancellationToken);
        return rows.ToLookup(row => row.Path, StringComparer.Ordinal);
    }

    private async Task NoteAsync(StoreSession session, DeviceKey device, FileVersion[] versions, CancellationToken cancellationToken)
    {
        var parameters = new List<(string, object?)>(Of(device)) { ("now", _store.Time.GetUtcNow()), ("pull", _origin.Pull), ("run", _origin.Run) };
        var values = new List<string>(versions.Length);
        foreach (var (version, i) in versions.Select((version, index) => (version, index)))
        {
            values.Add($"(@t{i}, @sim, @service, @address, @port, @p{i}, @l{i}, @m{i}, @u{i}, 'Noted', @pull, @run, 0, 0, 0, @now, @now)");
            parameters.AddRange([
                ($"t{i}", Guid.NewGuid().ToString("N")), ($"p{i}", StoredText.Write(version.Path)), ($"l{i}", version.Length), ($"m{i}", version.Modified), ($"u{i}", version.Precision),
            ]);
        }

        await session.ExecuteAsync(
            $"""
            insert into napter_file
                (token, sim, service, address, port, path, length, modified, modified_unit, outcome, pull, run, attempts, bytes, duration, started, ended)
            values {string.Join(", ", values)}
            """,
            parameters,
            cancellationToken);
    }

    private Dictionary<string, object?> NewRow(DeviceKey device, FileVersion version, NapterPullOutcome outcome)
    {
        // The token makes a statement that is sent again, because its answer was lost, the same row.
        var row = Of(device).ToDictionary(column => column.Name, column => column.Value);
        row["token"] = Guid.NewGuid().ToString("N");
        row["path"] = StoredText.Write(version.Path);
        row["length"] = version.Length;
        row["modified"] = version.Modified;
        row["modified_unit"] = version.Precision;
        row["outcome"] = outcome;
        row["pull"] = _origin.Pull;
        row["run"] = _origin.Run;
        row["computer"] = _owner.Computer;
        row["computer_name"] = Environment.MachineName;
        row["attempts"] = 0;
        row["bytes"] = 0L;
        row["duration"] = 0L;
        row["started"] = _store.Time.GetUtcNow();
        return row;
    }

    private Task<long> InsertAsync(Dictionary<string, object?> row, CancellationToken cancellationToken) => _store.WriteAsync(
        session =>
        {
            var given = row.Where(column => column.Value is not null).Select(column => (column.Key, column.Value)).ToList();
            return session.CountAsync(
                $"""
                insert into napter_file ({string.Join(", ", given.Select(column => column.Key))})
                values ({string.Join(", ", given.Select(column => $"@{column.Key}"))})
                on conflict (token) do update set token = excluded.token returning id
                """,
                given,
                cancellationToken);
        },
        cancellationToken);

    /// <summary>Settles what dead writers on this computer left of a device. Two may do so at once: both come to the same end.</summary>
    private async Task SettleLeftAsync(DeviceKey device, CancellationToken cancellationToken)
    {
        var left = await _store.ReadAsync(
            session => session.QueryAsync(
                """
                select id, owner, process, process_started, partial, destination, length, hash, started from napter_file
                where sim = @sim and service = @service and address = @address and port = @port and outcome = 'Intended' and computer = @computer
                """,
                [.. Of(device), ("computer", _owner.Computer)],
                row => (
                    Id: row.Number("id"),
                    Owner: row.Text("owner"),
                    Process: (int)row.Number("process"),
                    ProcessStarted: row.Time("process_started"),
                    File: new UnsettledFile(
                        StoredText.Read(row.Text("partial")), StoredText.Read(row.Text("destination")), row.FindNumber("length"), row.FindText("hash"), row.Time("started"))),
                cancellationToken),
            cancellationToken);
        foreach (var writer in left.GroupBy(intent => (intent.Owner, intent.Process, intent.ProcessStarted)))
        {
            // Asked before the files are looked at: then nothing changes them any more.
            if (_owner.IsAlive(writer.Key.Owner, writer.Key.Process, writer.Key.ProcessStarted))
            {
                continue;
            }

            foreach (var intent in writer)
            {
                await SettleLeftAsync(intent.Id, intent.File, cancellationToken);
            }
        }
    }

    private async Task SettleLeftAsync(long id, UnsettledFile file, CancellationToken cancellationToken)
    {
        bool arrived;
        try
        {
            arrived = file.HadItsName();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NapterFtpException(
                "UnsettledFileUnreadable",
                NapterFtpErrorKind.File,
                $"Whether '{file.Destination}' had arrived when a pull was ended cannot be told, because it cannot be read: {e.Message}",
                "Make it readable for this user, or move it away, and start again.",
                file.Destination,
                e);
        }

        await _store.WriteAsync(
            session => session.ExecuteAsync(
                "update napter_file set outcome = @outcome, ended = @ended, error = @error, owner = null, partial = null where id = @id and outcome = 'Intended'",
                [
                    ("id", id), ("outcome", arrived ? NapterPullOutcome.Copied : NapterPullOutcome.Failed), ("ended", _store.Time.GetUtcNow()),
                    ("error", arrived ? null : "The process ended before the file took its name."),
                ],
                cancellationToken),
            cancellationToken);
    }
}

/// <summary>What a file is pulled for.</summary>
/// <param name="Pull">The schedule's name; null for a copy by hand.</param>
/// <param name="Run">The run's number.</param>
internal sealed record PullOrigin(string? Pull, long? Run)
{
    /// <summary>A copy by hand.</summary>
    public static PullOrigin ByHand { get; } = new(null, null);
}
