using System.Net;
using Microsoft.Extensions.Logging;
using NapterFtp.Soracom;

namespace NapterFtp.Entries;

/// <summary>Finds the entry of a create call that got no answer, among all those that this process, other processes and other
/// people have made for the same device meanwhile.</summary>
internal sealed class EntrySearch(IPortMappingApi api, EntryJournal? journal, TimeProvider time, ILogger logger)
{
    /// <summary>The waits before each look; the last is repeated while SORACOM does not answer.</summary>
    private static readonly TimeSpan[] s_lookDelays =
        [TimeSpan.Zero, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30)];

    /// <summary>How long a lost call can be taken for another.</summary>
    private static readonly TimeSpan s_longestKept = TimeSpan.FromMinutes(10);

    private readonly object _lock = new();
    private readonly HashSet<IPEndPoint> _known = [];
    private readonly Queue<(IPEndPoint EndPoint, DateTimeOffset At)> _deleted = [];
    private readonly List<EntryCall> _unanswered = [];
    private readonly List<LostCall> _lost = [];
    private ServerClock _clock = ServerClock.Unknown;

    /// <summary>How long after a call's end its entry, where it isn't listed, is held not to have been made, while somebody waits.</summary>
    public static TimeSpan Short => s_lookDelays[1];

    /// <summary>How long before a search that nobody waits for begins.</summary>
    public static TimeSpan Pause => s_lookDelays[2];

    /// <summary>As <see cref="Short"/>, for good.</summary>
    public static TimeSpan Long => s_lookDelays[^1];

    /// <summary>A create call is under way.</summary>
    public void Asked(EntryCall call)
    {
        lock (_lock)
        {
            _unanswered.Add(call);
        }
    }

    /// <summary>A create call is over, whatever it brought.</summary>
    public void Ended(EntryCall call)
    {
        lock (_lock)
        {
            _unanswered.Remove(call);
        }
    }

    /// <summary>A create call has its answer.</summary>
    public MadeEntry Made(EntryCall call, long record, PortMapping mapping)
    {
        lock (_lock)
        {
            if (mapping.CreatedAt is { } created)
            {
                _clock = ServerClock.From(created, call.AskedAt, time.GetUtcNow());
            }

            return Know(call, record, mapping);
        }
    }

    /// <summary>An entry has been deleted.</summary>
    public void Deleted(IPEndPoint endPoint)
    {
        lock (_lock)
        {
            _known.Remove(endPoint);

            // Remembered for a list that is on its way and still has it; not for ever, as SORACOM gives end points out again.
            var now = time.GetUtcNow();
            while (_deleted.TryPeek(out var oldest) && now - oldest.At > s_longestKept)
            {
                _deleted.Dequeue();
            }

            _deleted.Enqueue((endPoint, now));
        }
    }

    /// <summary>Looks for the entry of a call that got no answer; null where it was never made, or has ended by itself.</summary>
    /// <param name="lost">The call.</param>
    /// <param name="settled">How long after the call's end an entry that is not listed is held not to have been made.</param>
    /// <param name="stop">Ends the search with an exception.</param>
    public async Task<MadeEntry?> FindAsync(LostCall lost, TimeSpan settled, CancellationToken stop)
    {
        lock (_lock)
        {
            _lost.RemoveAll(old => time.GetUtcNow() - old.Ended > s_longestKept);
            if (!_lost.Contains(lost))
            {
                _lost.Add(lost);
            }
        }

        for (var look = 0; time.GetUtcNow() < lost.Ended + lost.Call.Duration; look++)
        {
            var delay = s_lookDelays[Math.Min(look, s_lookDelays.Length - 1)];
            if (delay > TimeSpan.Zero)
            {
                await Task.Delay(delay, time, stop);
            }

            var asked = time.GetUtcNow();
            var before = journal?.ReadOthers() ?? JournalView.Empty;
            if (await ListAsync(lost.Call.Device, stop) is not { } listed)
            {
                continue;
            }

            // Both before and after: an entry that is listed may have been made, or deleted, meanwhile.
            var others = before.With(journal?.ReadOthers() ?? JournalView.Empty);
            lock (_lock)
            {
                var stray = Choose(lost, listed, asked, others);

                // While a like call runs, here or in another process, the entry may be that one's.
                var ambiguous = _unanswered.Exists(lost.Call.IsLike) || others.Unanswered.Any(lost.Call.IsLike);
                if (stray is not null && !ambiguous)
                {
                    return Know(lost.Call, lost.Record, stray);
                }

                if (stray is null && time.GetUtcNow() >= lost.Ended + settled)
                {
                    return null;
                }
            }
        }

        return null;
    }

    private async Task<IReadOnlyList<PortMapping>?> ListAsync(DeviceTarget device, CancellationToken stop)
    {
        try
        {
            return await api.ListAsync(device, stop);
        }
        catch (Exception exception) when (!stop.IsCancellationRequested)
        {
            logger.LogWarning("The ports of {Device} could not be listed ({Error}).", device, exception.Message);
            return null;
        }
    }

    /// <summary>Called under the lock.</summary>
    private PortMapping? Choose(LostCall lost, IReadOnlyList<PortMapping> listed, DateTimeOffset asked, JournalView others)
    {
        // Two like calls may find each other's entries, so either's may have been made in the time of both.
        var like = _lost.Where(other => other.Call.IsLike(lost.Call)).Append(lost).ToList();
        var (from, until) = (like.Min(other => other.Call.AskedAt), like.Max(other => other.Ended));
        return lost.Call.Choose(listed.Where(entry =>
            lost.Call.MayHaveMade(entry, from, until, _clock)
            && !_known.Contains(entry.EndPoint)
            && !_deleted.Any(gone => gone.At >= asked && gone.EndPoint.Equals(entry.EndPoint))
            && !others.Known.Contains(entry.EndPoint)));
    }

    /// <summary>Called under the lock.</summary>
    private MadeEntry Know(EntryCall call, long record, PortMapping mapping)
    {
        _known.Add(mapping.EndPoint);
        var expires = mapping.ExpiresAt ?? time.GetUtcNow() + call.Duration;
        journal?.Opened(record, mapping.EndPoint, mapping.CreatedAt, expires);
        return new MadeEntry(mapping, record, _clock.ToOurs(expires));
    }
}

/// <summary>A create call without an answer.</summary>
/// <param name="Call">What was asked.</param>
/// <param name="Record">Its place in the journal.</param>
/// <param name="Ended">When the wait for the answer was over.</param>
internal sealed record LostCall(EntryCall Call, long Record, DateTimeOffset Ended);

/// <summary>One create call, and what is needed to recognise its entry where the answer was lost.</summary>
/// <param name="Device">The device.</param>
/// <param name="DevicePort">The TCP port on the device.</param>
/// <param name="Duration">The life asked for.</param>
/// <param name="AskedAt">When the call began, by our clock.</param>
internal sealed record EntryCall(DeviceTarget Device, int DevicePort, TimeSpan Duration, DateTimeOffset AskedAt)
{
    /// <summary>SORACOM may set the end to another whole minute than ours.</summary>
    private static readonly TimeSpan DurationTolerance = TimeSpan.FromMinutes(1);

    /// <summary>Whether two calls make entries that look alike.</summary>
    public bool IsLike(EntryCall other) => Device == other.Device && DevicePort == other.DevicePort;

    /// <summary>Whether an entry of this device may come from this call. An entry without a creation time never does: somebody
    /// else's must not be taken.</summary>
    /// <param name="entry">An entry listed for the device.</param>
    /// <param name="from">When the call began, by our clock.</param>
    /// <param name="until">When it ended, by our clock.</param>
    /// <param name="clock">What is known of SORACOM's clock.</param>
    public bool MayHaveMade(PortMapping entry, DateTimeOffset from, DateTimeOffset until, ServerClock clock) =>
        entry.DevicePort == DevicePort
        && entry.TlsRequired
        && entry.CreatedAt is { } created
        && created >= from + clock.Offset - clock.Tolerance
        && created <= until + clock.Offset + clock.Tolerance
        && (entry.ExpiresAt is not { } expires || (expires - created - Duration).Duration() <= DurationTolerance);

    /// <summary>The entry made soonest after the call.</summary>
    public PortMapping? Choose(IEnumerable<PortMapping> entries) => entries.MinBy(entry => (entry.CreatedAt!.Value - AskedAt).Duration());
}

/// <summary>How far SORACOM's clock is ahead of ours.</summary>
/// <param name="Offset">To add to our time.</param>
/// <param name="Tolerance">How wrong that may be.</param>
internal sealed record ServerClock(TimeSpan Offset, TimeSpan Tolerance)
{
    /// <summary>Before SORACOM has told a time.</summary>
    public static ServerClock Unknown { get; } = new(TimeSpan.Zero, TimeSpan.FromMinutes(1));

    /// <summary>From an entry's creation time and when its call began and ended.</summary>
    public static ServerClock From(DateTimeOffset createdAt, DateTimeOffset askedAt, DateTimeOffset answeredAt)
    {
        var half = (answeredAt - askedAt) / 2;
        return new ServerClock(createdAt - askedAt - half, half + TimeSpan.FromSeconds(2));
    }

    /// <summary>A time of SORACOM's by our clock; unchanged where no difference is certain.</summary>
    public DateTimeOffset ToOurs(DateTimeOffset theirs) => Offset.Duration() > Tolerance ? theirs - Offset : theirs;
}
