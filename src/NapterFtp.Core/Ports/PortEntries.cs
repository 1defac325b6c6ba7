using System.Net;
using Microsoft.Extensions.Logging;
using NapterFtp.Diagnostics;
using NapterFtp.Ports.Journal;
using NapterFtp.Soracom;

namespace NapterFtp.Ports;

/// <summary>Makes and deletes entries at SORACOM so that none is left: one whose create call got no answer is looked for, and a
/// delete is repeated until it is done or the entry must have ended by itself. The journal knows of each before it is made.</summary>
internal sealed class PortEntries(
    IPortMappingApi api, PortManagerOptions options, PortJournal? journal, TimeProvider time, ILogger logger)
{
    /// <summary>The waits before each look for a lost entry; the last is repeated while SORACOM does not answer.</summary>
    private static readonly TimeSpan[] LookDelays =
        [TimeSpan.Zero, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30)];

    /// <summary>How long after a call's end its entry, where it isn't listed, is held not to have been made: while somebody waits,
    /// and for good.</summary>
    private static readonly TimeSpan ShortSearch = LookDelays[1];

    private static readonly TimeSpan LongSearch = LookDelays[^1];

    /// <summary>How long a lost call can be taken for another.</summary>
    private static readonly TimeSpan LongestKept = TimeSpan.FromMinutes(10);

    private readonly object _lock = new();
    private readonly HashSet<IPEndPoint> _known = [];
    private readonly Queue<(IPEndPoint EndPoint, DateTimeOffset At)> _deleted = [];
    private readonly List<EntryCall> _unanswered = [];
    private readonly List<LostCall> _lost = [];
    private readonly List<Task> _sweeps = [];
    private ServerClock _clock = ServerClock.Unknown;

    /// <summary>Makes an entry, or finds it where the answer was lost.</summary>
    /// <param name="request">For which device and port.</param>
    /// <param name="duration">Its life.</param>
    /// <param name="unwanted">Completes when nobody waits for it any more; the outcome is still found out.</param>
    /// <param name="stop">Gives up at once; what is then unknown stays in the journal.</param>
    public async Task<PortEntry> CreateAsync(PortRequest request, TimeSpan duration, Task unwanted, CancellationToken stop)
    {
        using var activity = NapterFtpDiagnostics.Activities.StartActivity("napterftp.port.open");
        activity?.SetTag("napterftp.device.port", request.DevicePort);
        for (var first = true; ; first = false)
        {
            var call = new EntryCall(request.Device, request.DevicePort, duration, time.GetUtcNow());
            var record = journal?.Opening(call) ?? 0;
            try
            {
                return await AskAsync(call, record, request, unwanted, stop);
            }
            catch (Exception exception) when (MayHaveTakenEffect(exception))
            {
                logger.LogWarning(
                    "No answer to the opening of a port to {Device}, port {Port} ({Error}); looking for it.",
                    request.Device, request.DevicePort, exception.Message);
                var lost = new LostCall(call, record, time.GetUtcNow());
                if (first && !unwanted.IsCompleted && await FindAsync(lost, ShortSearch, stop) is { } soon)
                {
                    return soon;
                }

                if (first && !unwanted.IsCompleted)
                {
                    // It seems that it was never made, and somebody waits: ask again. Should it turn up after all, it is deleted.
                    Sweep(lost, stop);
                    continue;
                }

                if (await FindAsync(lost, LongSearch, stop) is { } found)
                {
                    return found;
                }

                journal?.Closed(record);
                throw;
            }
            catch (Exception)
            {
                journal?.Closed(record);
                throw;
            }
        }
    }

    /// <summary>Completes when no lost entry is being looked for in the background any more.</summary>
    public Task SettledAsync()
    {
        lock (_lock)
        {
            return Task.WhenAll(_sweeps);
        }
    }

    /// <summary>Deletes an entry, however long it takes.</summary>
    /// <returns>Null when it is gone, else why it isn't.</returns>
    public async Task<string?> DeleteAsync(PortEntry entry, CancellationToken stop)
    {
        using var activity = NapterFtpDiagnostics.Activities.StartActivity("napterftp.port.close");
        var delay = options.CloseRetryDelay;
        while (true)
        {
            try
            {
                if (time.GetUtcNow() < entry.ExpiresAt + options.ExpiryMargin)
                {
                    await api.DeleteAsync(entry.Mapping.EndPoint, stop);
                }

                SetDeleted(entry.Mapping.EndPoint);
                journal?.Closed(entry.Record);
                return null;
            }
            catch (Exception exception)
            {
                PortInstruments.CloseRetries.Add(1);
                logger.LogWarning(
                    "Port {EndPoint} could not be closed ({Error}); trying again in {Delay}.", entry.Mapping.EndPoint, exception.Message, delay);
                if (stop.IsCancellationRequested || !await WaitAsync(Jitter(delay), stop))
                {
                    return $"Could not be closed ({exception.Message}); SORACOM ends it at {entry.ExpiresAt:u}.";
                }

                delay = delay * 2 < options.LongestCloseRetryDelay ? delay * 2 : options.LongestCloseRetryDelay;
            }
        }
    }

    /// <summary>Anything but a clear refusal leaves the outcome open.</summary>
    private static bool MayHaveTakenEffect(Exception exception) => exception switch
    {
        SoracomApiException api => api.MayHaveTakenEffect,
        NapterFtpException => false,
        _ => true,
    };

    /// <summary>Half to all of the delay, so that many ports' retries don't come at once.</summary>
    private static TimeSpan Jitter(TimeSpan delay) => delay * (0.5 + (Random.Shared.NextDouble() / 2));

    private async Task<PortEntry> AskAsync(
        EntryCall call, long record, PortRequest request, Task unwanted, CancellationToken stop)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(stop);
        lock (_lock)
        {
            _unanswered.Add(call);
        }

        try
        {
            var create = api.CreateAsync(
                new PortMappingRequest(call.Device, call.DevicePort, call.Duration, request.SourceRanges) { Patience = request.Patience }, cancel.Token);
            await Task.WhenAny(create, unwanted);
            if (!create.IsCompleted)
            {
                // Knowing the answer is surer than looking for the entry.
                await Task.WhenAny(create, Task.Delay(options.AbandonedOpenGrace, time, stop));
                await cancel.CancelAsync();
            }

            var mapping = await create;
            lock (_lock)
            {
                if (mapping.CreatedAt is { } created)
                {
                    _clock = ServerClock.From(created, call.AskedAt, time.GetUtcNow());
                }

                return Know(call, record, mapping);
            }
        }
        finally
        {
            lock (_lock)
            {
                _unanswered.Remove(call);
            }
        }
    }

    /// <summary>Looks for the entry of a call that got no answer.</summary>
    /// <param name="lost">The call.</param>
    /// <param name="settled">How long after the call's end an entry that is not listed is held not to have been made.</param>
    /// <param name="stop">Ends the search with an exception.</param>
    private async Task<PortEntry?> FindAsync(LostCall lost, TimeSpan settled, CancellationToken stop)
    {
        lock (_lock)
        {
            _lost.RemoveAll(old => time.GetUtcNow() - old.Ended > LongestKept);
            if (!_lost.Contains(lost))
            {
                _lost.Add(lost);
            }
        }

        for (var look = 0; time.GetUtcNow() < lost.Ended + lost.Call.Duration; look++)
        {
            var delay = LookDelays[Math.Min(look, LookDelays.Length - 1)];
            if (delay > TimeSpan.Zero)
            {
                await Task.Delay(delay, time, stop);
            }

            IReadOnlyList<PortMapping> listed;
            var asked = time.GetUtcNow();
            var before = journal?.ReadOthers() ?? JournalView.Empty;
            try
            {
                listed = await api.ListAsync(lost.Call.Device, stop);
            }
            catch (Exception exception) when (!stop.IsCancellationRequested)
            {
                logger.LogWarning("The ports of {Device} could not be listed ({Error}).", lost.Call.Device, exception.Message);
                continue;
            }

            // Both before and after: an entry that is listed may have been made, or deleted, meanwhile.
            var others = before.With(journal?.ReadOthers() ?? JournalView.Empty);
            lock (_lock)
            {
                // Two like calls may find each other's entries, so either's may have been made in the time of both.
                var like = _lost.Where(other => other.Call.IsLike(lost.Call)).Append(lost).ToList();
                var (from, until) = (like.Min(other => other.Call.AskedAt), like.Max(other => other.Ended));
                var stray = lost.Call.Choose(listed.Where(entry =>
                    lost.Call.MayHaveMade(entry, from, until, _clock)
                    && !_known.Contains(entry.EndPoint)
                    && !_deleted.Any(gone => gone.At >= asked && gone.EndPoint.Equals(entry.EndPoint))
                    && !others.Known.Contains(entry.EndPoint)));

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

    private void Sweep(LostCall lost, CancellationToken stop)
    {
        lock (_lock)
        {
            _sweeps.RemoveAll(sweep => sweep.IsCompleted);
            _sweeps.Add(SweepAsync(lost, stop));
        }
    }

    /// <summary>Deletes the entry of a lost call whose place another has taken.</summary>
    private async Task SweepAsync(LostCall lost, CancellationToken stop)
    {
        try
        {
            await Task.Delay(LookDelays[2], time, stop);
            if (await FindAsync(lost, LongSearch, stop) is { } stray)
            {
                await DeleteAsync(stray, stop);
            }
            else
            {
                journal?.Closed(lost.Record);
            }
        }
        catch (OperationCanceledException)
        {
            // The journal keeps it for the next start.
        }
        catch (Exception exception)
        {
            logger.LogError(exception, "The search for a lost port ended.");
        }
    }

    /// <summary>Called under the lock.</summary>
    private PortEntry Know(EntryCall call, long record, PortMapping mapping)
    {
        _known.Add(mapping.EndPoint);
        var expires = mapping.ExpiresAt ?? time.GetUtcNow() + call.Duration;
        journal?.Opened(record, mapping.EndPoint, mapping.CreatedAt, expires);
        return new PortEntry(mapping, record, _clock.ToOurs(expires));
    }

    private void SetDeleted(IPEndPoint endPoint)
    {
        lock (_lock)
        {
            _known.Remove(endPoint);

            // Remembered for a list that is on its way and still has it; not for ever, as SORACOM gives end points out again.
            var now = time.GetUtcNow();
            while (_deleted.TryPeek(out var oldest) && now - oldest.At > LongestKept)
            {
                _deleted.Dequeue();
            }

            _deleted.Enqueue((endPoint, now));
        }
    }

    private async Task<bool> WaitAsync(TimeSpan delay, CancellationToken stop)
    {
        try
        {
            await Task.Delay(delay, time, stop);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private sealed record LostCall(EntryCall Call, long Record, DateTimeOffset Ended);
}
