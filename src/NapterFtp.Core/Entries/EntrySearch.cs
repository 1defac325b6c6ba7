using System.Net;
using Microsoft.Extensions.Logging;
using NapterFtp.Soracom;

namespace NapterFtp.Entries;

/// <summary>Finds the entry of a create call that got no answer, among all those that this process, other processes and other
/// people have made for the same device meanwhile.</summary>
/// <remarks>Entries of like calls, for the same device and port, cannot be told apart where the answers were lost: one search may
/// take another's entry. The other then looks for the first's instead, for as long as that may turn up; so each call is remembered
/// until no search for one like it goes on.</remarks>
internal sealed class EntrySearch(IPortMappingApi api, EntryJournal? journal, TimeProvider time, ILogger logger)
{
    /// <summary>The waits before each look; the last is repeated while SORACOM does not answer.</summary>
    private static readonly TimeSpan[] s_lookDelays =
        [TimeSpan.Zero, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30)];

    /// <summary>Longer than any list is on its way.</summary>
    private static readonly TimeSpan s_longestKept = TimeSpan.FromMinutes(10);

    private readonly object _lock = new();
    private readonly HashSet<IPEndPoint> _known = [];
    private readonly Queue<(IPEndPoint EndPoint, DateTimeOffset At)> _deleted = [];
    private readonly List<EntryCall> _unanswered = [];
    private readonly List<LostCall> _lost = [];
    private ServerClock? _clock;

    private ServerClock Clock => _clock ?? ServerClock.Told(api.ClockAhead);

    /// <summary>How long after a call's end its entry, where it isn't listed, is held not to have been made, while somebody waits.</summary>
    public static TimeSpan Short => s_lookDelays[1];

    /// <summary>How long before a search that nobody waits for begins.</summary>
    public static TimeSpan Pause => s_lookDelays[2];

    /// <summary>As <see cref="Short"/>, for good: what a list says that is asked for then.</summary>
    public static TimeSpan Long => s_lookDelays[^1];

    /// <summary>A create call is under way.</summary>
    public void Asked(EntryCall call)
    {
        lock (_lock)
        {
            _unanswered.Add(call);
        }
    }

    /// <summary>A create call was refused, or never sent.</summary>
    public void Refused(EntryCall call)
    {
        lock (_lock)
        {
            _unanswered.Remove(call);
        }
    }

    /// <summary>A create call is over without an answer. Its entry is to be looked for, until that is over for good.</summary>
    public LostCall Lost(EntryCall call, long record)
    {
        lock (_lock)
        {
            // At once: in between, a like call's search could take this one's entry and be forgotten.
            _unanswered.Remove(call);
            var lost = new LostCall(call, record, time.GetUtcNow());
            _lost.Add(lost);
            return lost;
        }
    }

    /// <summary>A create call has its answer.</summary>
    public MadeEntry Made(EntryCall call, long record, PortMapping mapping)
    {
        lock (_lock)
        {
            _unanswered.Remove(call);
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
    /// <param name="forGood">Whether null is final; else it is what seems so after <see cref="Short"/>, and a search for good follows.</param>
    /// <param name="stop">Ends the search with an exception.</param>
    public async Task<MadeEntry?> FindAsync(LostCall lost, bool forGood, CancellationToken stop)
    {
        for (var look = 0; !HasExpired(lost); look++)
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
                var makers = Makers(lost);
                var stray = Choose(lost, makers, listed, asked, others);

                // While a like call runs, here or in another process, the entry may be that one's.
                var ambiguous = _unanswered.Exists(lost.Call.IsLike) || others.Unanswered.Any(lost.Call.IsLike);
                if (stray is not null && !ambiguous)
                {
                    lost.Taken = stray;
                    End(lost);
                    return Know(lost.Call, lost.Record, stray);
                }

                if (stray is null && forGood && asked >= makers.Max(maker => maker.Ended) + Long)
                {
                    End(lost);
                    return null;
                }

                if (stray is null && !forGood && time.GetUtcNow() >= lost.Ended + Short)
                {
                    return null;
                }
            }
        }

        lock (_lock)
        {
            End(lost);
            return null;
        }
    }

    /// <summary>Whether its entry must have ended by itself.</summary>
    private bool HasExpired(LostCall lost)
    {
        lock (_lock)
        {
            return time.GetUtcNow() >= Makers(lost).Max(maker => maker.Ended) + lost.Call.Duration;
        }
    }

    private async Task<IReadOnlyList<PortMapping>?> ListAsync(DeviceTarget device, CancellationToken stop)
    {
        try
        {
            return await api.ListAsync(device, stop);
        }
        catch (Exception exception)
        {
            // What fails as it is cancelled may fail with another error.
            stop.ThrowIfCancellationRequested();
            logger.LogWarning("The ports of {Device} could not be listed ({Error}).", device, exception.Message);
            return null;
        }
    }

    /// <summary>The calls any of which may have made the entry that is left for this one: itself, the one whose search took what may
    /// be its entry, the one whose search took what may be that one's, and so on. Called under the lock.</summary>
    private List<LostCall> Makers(LostCall lost)
    {
        var makers = new List<LostCall> { lost };
        for (var i = 0; i < makers.Count; i++)
        {
            makers.AddRange(_lost.FindAll(other =>
                other.Taken is { } taken && other.Call.IsLike(lost.Call) && !makers.Contains(other) && makers[i].MayHaveMade(taken, Clock)));
        }

        return makers;
    }

    /// <summary>Called under the lock.</summary>
    private PortMapping? Choose(
        LostCall lost, List<LostCall> makers, IReadOnlyList<PortMapping> listed, DateTimeOffset asked, JournalView others) =>
        lost.Call.Choose(listed.Where(entry =>
            makers.Exists(maker => maker.MayHaveMade(entry, Clock))
            && !_known.Contains(entry.EndPoint)
            && !_deleted.Any(gone => gone.At >= asked && gone.EndPoint.Equals(entry.EndPoint))
            && !others.Known.Contains(entry.EndPoint)));

    /// <summary>The search for a call's entry is over for good. Called under the lock.</summary>
    private void End(LostCall lost)
    {
        lost.IsOver = true;
        if (!_lost.Exists(other => !other.IsOver && other.Call.IsLike(lost.Call)))
        {
            _lost.RemoveAll(other => other.Call.IsLike(lost.Call));
        }
    }

    /// <summary>Called under the lock.</summary>
    private MadeEntry Know(EntryCall call, long record, PortMapping mapping)
    {
        _known.Add(mapping.EndPoint);
        var expires = mapping.ExpiresAt ?? time.GetUtcNow() + call.Duration;
        journal?.Opened(record, mapping.EndPoint, mapping.CreatedAt, expires);
        return new MadeEntry(mapping, record, Clock.ToOurs(expires)) { Call = call, KnownAt = time.GetTimestamp() };
    }
}

/// <summary>A create call without an answer.</summary>
/// <param name="call">What was asked.</param>
/// <param name="record">Its place in the journal.</param>
/// <param name="ended">When the wait for the answer was over.</param>
internal sealed class LostCall(EntryCall call, long record, DateTimeOffset ended)
{
    public EntryCall Call => call;

    public long Record => record;

    public DateTimeOffset Ended => ended;

    /// <summary>Whether its entry is looked for no longer.</summary>
    public bool IsOver { get; set; }

    /// <summary>The entry found, which a like call may have made.</summary>
    public PortMapping? Taken { get; set; }

    /// <inheritdoc cref="EntryCall.MayHaveMade"/>
    public bool MayHaveMade(PortMapping entry, ServerClock clock) => call.MayHaveMade(entry, call.AskedAt, ended, clock);
}

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
    /// <summary>Before SORACOM has told when an entry was made.</summary>
    /// <param name="ahead">By the dates of its answers; null where these tell nothing either.</param>
    public static ServerClock Told(TimeSpan? ahead) => new(ahead ?? TimeSpan.Zero, TimeSpan.FromMinutes(1));

    /// <summary>From an entry's creation time and when its call began and ended.</summary>
    public static ServerClock From(DateTimeOffset createdAt, DateTimeOffset askedAt, DateTimeOffset answeredAt)
    {
        var half = (answeredAt - askedAt) / 2;
        return new ServerClock(createdAt - askedAt - half, half + TimeSpan.FromSeconds(2));
    }

    /// <summary>A time of SORACOM's by our clock; unchanged where no difference is certain.</summary>
    public DateTimeOffset ToOurs(DateTimeOffset theirs) => Offset.Duration() > Tolerance ? theirs - Offset : theirs;
}
