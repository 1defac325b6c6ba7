using Microsoft.Extensions.Logging;
using NapterFtp.Diagnostics;
using NapterFtp.Soracom;

namespace NapterFtp.Entries;

/// <summary>Makes and deletes entries at SORACOM so that none is left: one whose create call got no answer is looked for, and a
/// delete is repeated until it is done or the entry must have ended by itself. The journal knows of each before it is made.</summary>
internal sealed class EntryCalls(
    IPortMappingApi api, EntryManagerOptions options, EntryJournal? journal, TimeProvider time, ILogger logger)
{
    private readonly EntrySearch _search = new(api, journal, time, logger);
    private readonly List<Task> _sweeps = [];
    private readonly HashSet<Deadline> _deletes = [];

    /// <summary>Makes an entry, or finds it where the answer was lost.</summary>
    /// <param name="request">For which device and port.</param>
    /// <param name="duration">Its life.</param>
    /// <param name="limit">How long somebody waits for it.</param>
    /// <param name="unwanted">Completes when nobody waits for it any more; the outcome is still found out.</param>
    /// <param name="stop">Gives up at once; what is then unknown stays in the journal.</param>
    public async Task<MadeEntry> CreateAsync(
        EntryRequest request, TimeSpan duration, Deadline limit, Task unwanted, CancellationToken stop)
    {
        using var activity = NapterFtpDiagnostics.Activities.StartActivity("napterftp.port.open");
        activity?.SetTag("napterftp.device.port", request.DevicePort);
        var device = await options.Ways.ChooseAsync(request.Device, stop);
        for (var attempt = 0; ; attempt++)
        {
            var call = new EntryCall(device, request.ReachedPort, duration, time.GetUtcNow());
            var record = journal?.Opening(call) ?? 0;
            try
            {
                return await AskAsync(call, record, request, limit, unwanted, stop);
            }
            catch (Exception exception) when (MayHaveTakenEffect(exception, limit))
            {
                logger.LogWarning(
                    "No answer to the opening of a port to {Device}, port {Port} ({Error}); looking for it.",
                    request.Device, request.PortMap.Describe(request.DevicePort), exception.Message);
                var lost = _search.Lost(call, record);
                if (!unwanted.IsCompleted && await FindSoonAsync(lost, limit, unwanted, stop) is { } soon)
                {
                    return soon;
                }

                if (unwanted.IsCompleted)
                {
                    if (await _search.FindAsync(lost, forGood: true, stop) is { } found)
                    {
                        return found;
                    }

                    journal?.Closed(record);
                    throw;
                }

                // It seems that it was never made, and somebody waits: ask again, or say so. Should it turn up after all, it is deleted.
                Sweep(lost, stop);
                var pause = Pause(attempt);
                if (pause + EntrySearch.Short >= limit.Remaining)
                {
                    throw;
                }

                await Task.WhenAny(unwanted, Task.Delay(pause, time, stop));
                if (unwanted.IsCompleted)
                {
                    throw;
                }
            }
            catch (Exception refusal)
            {
                _search.Refused(call);
                journal?.Closed(record);
                if (unwanted.IsCompleted || await options.Ways.AfterAsync(refusal, device, stop) is not { } other)
                {
                    throw;
                }

                device = other;
            }
        }
    }

    /// <summary>Completes when no lost entry is being looked for in the background any more.</summary>
    public Task SettledAsync()
    {
        lock (_sweeps)
        {
            return Task.WhenAll(_sweeps);
        }
    }

    /// <summary>Deletes an entry, however long it takes.</summary>
    /// <returns>Null when it is gone, else why it isn't.</returns>
    public async Task<string?> DeleteAsync(MadeEntry entry, CancellationToken stop)
    {
        using var activity = NapterFtpDiagnostics.Activities.StartActivity("napterftp.port.close");
        var delay = options.CloseRetryDelay;
        while (true)
        {
            try
            {
                if (await IsThereAsync(entry, stop))
                {
                    await DeleteOnceAsync(entry, stop);
                }

                _search.Deleted(entry.Mapping.EndPoint);
                journal?.Closed(entry.Record);
                return null;
            }
            catch (Exception exception)
            {
                EntryInstruments.CloseRetries.Add(1);
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

    /// <summary>Whether a delete waits for its turn under the rate limit, and so is going to be done.</summary>
    public bool DeleteWaitsForTurn
    {
        get
        {
            lock (_deletes)
            {
                return _deletes.Any(delete => delete.IsWaitingForTurn);
            }
        }
    }

    /// <summary>Whether it is to be deleted. Where our clock has been set, or the computer has slept, its time is up by that clock and not by
    /// the time that has gone by: then SORACOM is asked, for the end point may be another's by now.</summary>
    private async Task<bool> IsThereAsync(MadeEntry entry, CancellationToken stop)
    {
        if (time.GetUtcNow() < entry.ExpiresAt + options.ExpiryMargin)
        {
            return true;
        }

        return time.GetElapsedTime(entry.KnownAt) < entry.Call.Duration + options.ExpiryMargin
            && (await api.ListAsync(entry.Call.Device, stop)).Any(listed =>
                listed.EndPoint.Equals(entry.Mapping.EndPoint) && listed.CreatedAt == entry.Mapping.CreatedAt);
    }

    private async Task DeleteOnceAsync(MadeEntry entry, CancellationToken stop)
    {
        var limit = new Deadline(time, ApiCall.DefaultPatience, options.CloseTurnPatience);
        lock (_deletes)
        {
            _deletes.Add(limit);
        }

        try
        {
            await api.DeleteAsync(entry.Mapping.EndPoint, limit, stop);
        }
        finally
        {
            lock (_deletes)
            {
                _deletes.Remove(limit);
            }
        }
    }

    /// <summary>How long before it is asked again: not at all after the look for the first, then 1, 2, 4 s and so on.</summary>
    private static TimeSpan Pause(int attempt) => attempt == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Pow(2, Math.Min(attempt, 4) - 1));

    /// <summary>Anything but a clear refusal leaves the outcome open.</summary>
    private static bool MayHaveTakenEffect(Exception exception, Deadline limit) => exception switch
    {
        SoracomApiException api => api.MayHaveTakenEffect,
        NapterFtpException => false,
        OperationCanceledException when limit.IsCounted && !limit.HadTurn => false,
        _ => true,
    };

    /// <summary>Half to all of the delay, so that many ports' retries don't come at once.</summary>
    private static TimeSpan Jitter(TimeSpan delay) => delay * (0.5 + (Random.Shared.NextDouble() / 2));

    private async Task<MadeEntry> AskAsync(
        EntryCall call, long record, EntryRequest request, Deadline limit, Task unwanted, CancellationToken stop)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _search.Asked(call);
        var create = api.CreateAsync(
            new PortMappingRequest(call.Device, call.DevicePort, call.Duration, request.SourceRanges) { Limit = limit, Begins = request.Begins }, cancel.Token);
        await Task.WhenAny(create, unwanted);
        if (!create.IsCompleted)
        {
            if (!limit.IsWaitingForTurn)
            {
                // Knowing the answer is surer than looking for the entry.
                await Task.WhenAny(create, Task.Delay(options.AbandonedOpenGrace, time, stop));
            }

            await cancel.CancelAsync();
        }

        return _search.Made(call, record, await create);
    }

    /// <summary>Looks for the entry while somebody waits, who is not kept by a SORACOM that does not list either.</summary>
    private async Task<MadeEntry?> FindSoonAsync(LostCall lost, Deadline limit, Task unwanted, CancellationToken stop)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var find = _search.FindAsync(lost, forGood: false, cancel.Token);
        await Task.WhenAny(find, unwanted, Task.Delay(limit.Remaining, time, cancel.Token));
        await cancel.CancelAsync();
        try
        {
            return await find;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return null;
        }
    }

    private void Sweep(LostCall lost, CancellationToken stop)
    {
        lock (_sweeps)
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
            await Task.Delay(EntrySearch.Pause, time, stop);
            if (await _search.FindAsync(lost, forGood: true, stop) is { } stray)
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
}

/// <summary>An entry of ours at SORACOM.</summary>
/// <param name="Mapping">What SORACOM says of it.</param>
/// <param name="Record">Its number in the journal.</param>
/// <param name="ExpiresAt">When SORACOM ends it by itself, by our clock.</param>
internal sealed record MadeEntry(PortMapping Mapping, long Record, DateTimeOffset ExpiresAt)
{
    /// <summary>What SORACOM was asked for.</summary>
    public required EntryCall Call { get; init; }

    /// <summary>When it became known, as a timestamp of the clock that nobody sets.</summary>
    public required long KnownAt { get; init; }
}
