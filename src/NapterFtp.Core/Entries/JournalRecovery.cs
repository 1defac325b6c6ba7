using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.Extensions.Logging;
using NapterFtp.Soracom;

namespace NapterFtp.Entries;

/// <summary>Closes what dead processes left open. Ports of live processes are never touched, nor other accounts'.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Nobody waits for the semaphore's handle.")]
internal sealed class JournalRecovery(IPortMappingApi api, JournalOptions options, TimeProvider time, ILogger logger)
{
    /// <summary>The waits before another look where one did not tell; the last is repeated.</summary>
    private static readonly TimeSpan[] LookDelays =
        [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60)];

    /// <summary>By device, for the journal at hand.</summary>
    private readonly Dictionary<DeviceTarget, IReadOnlyList<PortMapping>> _listed = [];
    private readonly HashSet<IPEndPoint> _taken = [];
    private readonly SemaphoreSlim _running = new(1, 1);

    /// <summary>Whether the last run left nothing that another look, soon, may find.</summary>
    public bool IsSettled { get; private set; }

    /// <summary>Whether other processes keep journals, which may die.</summary>
    public bool OthersLive { get; private set; }

    /// <summary>Goes through the journals again and again until nothing is left in them that is ours to close, now or later.</summary>
    public async Task RunToEndAsync(CancellationToken cancellationToken)
    {
        for (var look = 0; ; look = IsSettled ? 0 : look + 1)
        {
            await RunAsync(cancellationToken);
            if (IsSettled && !OthersLive)
            {
                return;
            }

            await Task.Delay(IsSettled ? LookDelays[^1] : LookDelays[Math.Min(look, LookDelays.Length - 1)], time, cancellationToken);
        }
    }

    /// <summary>Goes through the journals, after a run that is under way; makes no API call where there is nothing to close.</summary>
    /// <returns>The entries found still open, each with its outcome.</returns>
    public async Task<IReadOnlyList<RecoveredEntry>> RunAsync(CancellationToken cancellationToken)
    {
        await _running.WaitAsync(cancellationToken);
        try
        {
            return await LookAsync(cancellationToken);
        }
        finally
        {
            _running.Release();
        }
    }

    private async Task<IReadOnlyList<RecoveredEntry>> LookAsync(CancellationToken cancellationToken)
    {
        var recovered = new List<RecoveredEntry>();
        var (settled, others) = (true, false);
        foreach (var path in JournalFolder.List(options.Folder))
        {
            var taking = JournalFolder.TryTake(path, options, time.GetUtcNow(), out var taken, out var content);
            await using var journal = taken;
            if (journal is null)
            {
                settled &= taking != JournalTaking.Held;
                others |= taking == JournalTaking.Kept && content.Owner?.IsCurrent(options) != true;
                continue;
            }

            var open = content.Open.Where(record => !record.HasExpired(time.GetUtcNow())).ToList();
            if (open.Count > 0 && content.Owner?.IsFor(options) != true)
            {
                // Another account's: to be closed when that one signs in, or by time.
                continue;
            }

            if (await CloseAsync(path, open, recovered, cancellationToken))
            {
                JournalFolder.Remove(journal);
            }
            else
            {
                settled = false;
            }
        }

        (IsSettled, OthersLive) = (settled, others);
        return recovered;
    }

    /// <summary>Closes what one journal left.</summary>
    /// <returns>Whether nothing is left of it.</returns>
    private async Task<bool> CloseAsync(
        string path, List<JournalRecord> open, List<RecoveredEntry> recovered, CancellationToken cancellationToken)
    {
        var settled = true;
        var before = ReadOthers(path);
        _listed.Clear();

        // Those of an earlier look that could not be deleted are to be found again.
        _taken.Clear();

        // Those whose end point is known go first: they are no answer to any other call.
        foreach (var record in open.OrderBy(record => record.EndPoint is null))
        {
            try
            {
                var listed = await ListAsync(record.Call.Device, cancellationToken);
                var entry = record.EndPoint is null ? FindUnanswered(path, record, before, listed, ref settled) : FindKnown(record, listed);
                if (entry is null)
                {
                    continue;
                }

                _taken.Add(entry.EndPoint);
                await api.DeleteAsync(entry.EndPoint, cancellationToken);
                logger.LogInformation("Closed port {EndPoint}, which an earlier process left open.", entry.EndPoint);
                recovered.Add(Report(record, entry.EndPoint, null));
            }
            catch (NapterFtpException exception)
            {
                settled = false;
                logger.LogWarning("A port that an earlier process left open could not be closed: {Error}", exception.Message);
                if (record.EndPoint is { } endPoint)
                {
                    recovered.Add(Report(record, endPoint, exception.Message));
                }
            }
        }

        return settled;
    }

    private static RecoveredEntry Report(JournalRecord record, IPEndPoint endPoint, string? error) =>
        new(record.Call.Device, record.Call.DevicePort, endPoint, error);

    /// <summary>The end point alone does not tell: SORACOM may have given it out again.</summary>
    private static PortMapping? FindKnown(JournalRecord record, IReadOnlyList<PortMapping> listed) =>
        listed.FirstOrDefault(entry =>
            entry.EndPoint.Equals(record.EndPoint)
            && entry.DevicePort == record.Call.DevicePort
            && (record.CreatedAt is not { } created || entry.CreatedAt is not { } listedCreated || created == listedCreated));

    private PortMapping? FindUnanswered(
        string path, JournalRecord record, JournalView before, IReadOnlyList<PortMapping> listed, ref bool settled)
    {
        // Both before and after the listing: what is listed may have been made, or deleted, meanwhile.
        var others = before.With(ReadOthers(path));
        var found = record.Call.Choose(listed.Where(entry =>
            record.Call.MayHaveMade(entry, record.Call.AskedAt, record.Call.AskedAt + JournalRecord.LongestCall, ServerClock.Told(api.ClockAhead))
            && !_taken.Contains(entry.EndPoint)
            && !others.Known.Contains(entry.EndPoint)));
        if (found is not null && others.Unanswered.Any(record.Call.IsLike))
        {
            // It may be a live process's; the next run can tell.
            settled = false;
            return null;
        }

        // Sent right before the death, it may take effect after this look.
        settled &= found is not null || time.GetUtcNow() > record.Call.AskedAt + JournalRecord.LongestCall;
        return found;
    }

    private JournalView ReadOthers(string path) => JournalView.Of(
        JournalFolder.List(options.Folder).Where(other => other != path).Select(JournalFolder.Read).OfType<JournalContent>(), time.GetUtcNow());

    private async Task<IReadOnlyList<PortMapping>> ListAsync(DeviceTarget device, CancellationToken cancellationToken)
    {
        if (!_listed.TryGetValue(device, out var listed))
        {
            _listed[device] = listed = await api.ListAsync(device, cancellationToken);
        }

        return listed;
    }
}

/// <summary>An entry that a dead process left open.</summary>
/// <param name="Device">The device it leads to.</param>
/// <param name="DevicePort">The TCP port on the device.</param>
/// <param name="EndPoint">Its end point on the gateway.</param>
/// <param name="Error">Why it could not be deleted, for a person; null where it is gone.</param>
internal sealed record RecoveredEntry(DeviceTarget Device, int DevicePort, IPEndPoint EndPoint, string? Error);
