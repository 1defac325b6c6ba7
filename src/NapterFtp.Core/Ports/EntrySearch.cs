using System.Net;
using Microsoft.Extensions.Logging;
using NapterFtp.Ports.Journal;
using NapterFtp.Soracom;

namespace NapterFtp.Ports;

/// <summary>Finds the entry of a create call that got no answer, among all those that this process, other processes and other
/// people have made for the same device meanwhile.</summary>
internal sealed class EntrySearch(IPortMappingApi api, PortJournal? journal, TimeProvider time, ILogger logger)
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
    public PortEntry Made(EntryCall call, long record, PortMapping mapping)
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
    public async Task<PortEntry?> FindAsync(LostCall lost, TimeSpan settled, CancellationToken stop)
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
    private PortEntry Know(EntryCall call, long record, PortMapping mapping)
    {
        _known.Add(mapping.EndPoint);
        var expires = mapping.ExpiresAt ?? time.GetUtcNow() + call.Duration;
        journal?.Opened(record, mapping.EndPoint, mapping.CreatedAt, expires);
        return new PortEntry(mapping, record, _clock.ToOurs(expires));
    }
}

/// <summary>A create call without an answer.</summary>
/// <param name="Call">What was asked.</param>
/// <param name="Record">Its place in the journal.</param>
/// <param name="Ended">When the wait for the answer was over.</param>
internal sealed record LostCall(EntryCall Call, long Record, DateTimeOffset Ended);
