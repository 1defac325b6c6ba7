using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;
using NapterFtp.Diagnostics;
using NapterFtp.Soracom;

namespace NapterFtp.Entries;

/// <summary>The one place that opens and closes Napter ports. Whoever needs one gets a lease.</summary>
internal sealed partial class EntryManager : IAsyncDisposable
{
    /// <summary>SORACOM's longest <c>duration</c>.</summary>
    public static readonly TimeSpan LongestDuration = TimeSpan.FromHours(8);

    /// <summary>How long stopping something waits for its ports to close, while their calls go through.</summary>
    public static readonly TimeSpan CloseLimit = TimeSpan.FromMinutes(10);

    private readonly object _lock = new();
    private readonly EntryCalls _entries;
    private readonly EntryManagerOptions _options;
    private readonly EntryJournal? _journal;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Dictionary<string, Entry> _ports = [];
    private readonly CancellationTokenSource _stopped = new();
    private Action<NapterPortEvent>[] _subscribers = [];
    private long _lastId;
    private bool _disposed;

    public EntryManager(IPortMappingApi api, EntryManagerOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        _options = options;
        _time = time;
        _logger = loggers.CreateLogger("NapterFtp.Ports");
        _journal = options.Journal is { } journal ? new EntryJournal(journal, time, _logger) : null;
        Ways = options.Ways;
        _entries = new EntryCalls(api, options, _journal, time, _logger);
    }

    /// <summary>How SORACOM is asked for a device's entries.</summary>
    public EntryWays Ways { get; }

    /// <summary>Opens a port, or hands out again one that lingers for the same device, port and source ranges.</summary>
    /// <exception cref="NapterFtpException"><c>PortOpenTimeout</c>, <c>PortsClosed</c>, <c>InvalidDevicePort</c>,
    /// <c>DevicePortNotForwarded</c>, or the API's error.</exception>
    public async Task<EntryLease> OpenAsync(EntryRequest request, CancellationToken cancellationToken)
    {
        if (request.DevicePort is < 1 or > 65535)
        {
            throw EntryErrors.InvalidDevicePort(request);
        }

        if (request.PortMap.TakenFor(request.DevicePort) is { } other)
        {
            throw EntryErrors.NotForwarded(request, other);
        }

        cancellationToken.ThrowIfCancellationRequested();
        Entry port;
        lock (_lock)
        {
            ThrowIfDisposed(request);
            var needed = _time.GetUtcNow() + _options.ShortestReusableLife;
            foreach (var candidate in _ports.Values)
            {
                if (candidate.TryReuse(request, needed) is { } reused)
                {
                    EntryInstruments.Reused(request.Kind);
                    return reused;
                }
            }

            var id = (++_lastId).ToString(CultureInfo.InvariantCulture);
            port = new Entry(id, request, Clamp(request.Duration), _time, Deliver);
            _ports.Add(id, port);
        }

        var limit = new Deadline(_time, request.Patience, request.TurnPatience);
        _ = LiveAsync(port, limit);
        try
        {
            await OpenedAsync(port, limit, cancellationToken);
        }
        catch (TimeoutException)
        {
            var error = EntryErrors.OpenTimeout(port.Request);
            port.RequestClose(error.Message, failed: true);
            throw error;
        }
        catch (OperationCanceledException)
        {
            port.RequestClose("Cancelled before it was open.", failed: true);
            throw;
        }

        return port.TryLease() ?? throw EntryErrors.Closed(request);
    }

    /// <summary>The ports that are not closed yet.</summary>
    public IReadOnlyList<NapterPort> Snapshot()
    {
        lock (_lock)
        {
            return [.. _ports.Values.Select(port => port.Snapshot()).OfType<NapterPort>()];
        }
    }

    /// <summary>Calls back for each step of each port: in order for each port, on whichever thread made the step.</summary>
    /// <returns>Ends the subscription when disposed.</returns>
    public IDisposable Subscribe(Action<NapterPortEvent> subscriber)
    {
        // A delegate of its own, so that the same method may be subscribed twice.
        var entry = new Action<NapterPortEvent>(subscriber.Invoke);
        lock (_lock)
        {
            _subscribers = [.. _subscribers, entry];
        }

        return new Subscription(() =>
        {
            lock (_lock)
            {
                _subscribers = [.. _subscribers.Where(other => !ReferenceEquals(other, entry))];
            }
        });
    }

    /// <summary>Closes a proxy's ports, or all, whoever holds them; returns when they have ended or the time is up. What is not
    /// closed by then is closed in the background.</summary>
    /// <param name="proxy">The proxy's or tunnel's name; null for all ports.</param>
    /// <param name="limit">How long to wait; not so long where nothing goes on though no call waits for its turn.</param>
    /// <param name="left">Told how many are not closed yet, each time that one is; null for nobody.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task CloseAllAsync(string? proxy, TimeSpan limit, IProgress<int>? left = null, CancellationToken cancellationToken = default) =>
        CloseAsync(port => proxy is null || port.Request.Proxy == proxy, limit, left, cancellationToken);

    /// <summary>Closes the port at an end point, whoever holds it; returns when it has ended or the time is up.</summary>
    /// <returns>Whether there is such a port.</returns>
    public async Task<bool> CloseAsync(IPEndPoint endPoint, TimeSpan limit) =>
        await CloseAsync(port => endPoint.Equals(port.Gateway?.EndPoint), limit, left: null, CancellationToken.None) > 0;

    /// <summary>Asks for the end of all ports, without waiting for it.</summary>
    public void RequestCloseAll()
    {
        Entry[] ports;
        lock (_lock)
        {
            // Rules on routers are removed through the others, which end with the last rule.
            ports = [.. _ports.Values.Where(IsNoWayToRouter)];
        }

        Array.ForEach(ports, port => port.RequestClose());
    }

    /// <inheritdoc cref="CloseAsync(IProgress{int}?, CancellationToken)"/>
    public async ValueTask DisposeAsync() => await CloseAsync(left: null, CancellationToken.None);

    /// <summary>Closes all ports within <see cref="EntryManagerOptions.DisposeLimit"/>, then gives up on the rest, which the
    /// journal keeps.</summary>
    /// <param name="left">Told how many are not closed yet; null for nobody.</param>
    /// <param name="cancellationToken">Gives up at once.</param>
    public async Task CloseAsync(IProgress<int>? left, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
        }

        var started = _time.GetTimestamp();
        await CloseAsync(IsNoWayToRouter, _options.DisposeLimit, left, cancellationToken);
        if (_options.Forwarder is { } forwarder)
        {
            // With the rules on routers gone, what they were removed through is no longer needed.
            await forwarder.DisposeAsync();
            await CloseAllAsync(null, _options.DisposeLimit, left, cancellationToken);
        }

        var settle = (_options.DisposeLimit < _options.StallLimit ? _options.DisposeLimit : _options.StallLimit) - _time.GetElapsedTime(started);
        await IsWithinAsync(_entries.SettledAsync(), settle > TimeSpan.Zero && !cancellationToken.IsCancellationRequested ? settle : TimeSpan.Zero, CancellationToken.None);

        // From here on nothing waits for SORACOM any more.
        await _stopped.CancelAsync();
        Task[] last;
        lock (_lock)
        {
            last = [_entries.SettledAsync(), .. _ports.Values.Select(port => port.Ended)];
        }

        await IsWithinAsync(Task.WhenAll(last), _options.StopLimit, CancellationToken.None);
        _journal?.Dispose();
    }

    private static bool IsNoWayToRouter(Entry port) => port.Request.Kind != NapterPortKind.Router;

    private static TimeSpan Clamp(TimeSpan duration) => TimeSpan.FromSeconds(
        Math.Clamp(Math.Ceiling(duration.TotalSeconds), 1, LongestDuration.TotalSeconds));

    /// <summary>Waits until the port is open. The time goes on only while the call need not wait for its turn, and that it gives up
    /// by itself.</summary>
    private async Task OpenedAsync(Entry port, Deadline limit, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await port.Opened.WaitAsync(limit.Remaining, _time, cancellationToken);
                return;
            }
            catch (TimeoutException) when (limit.Remaining > TimeSpan.Zero && !port.Opened.IsFaulted)
            {
                // The call waited for its turn meanwhile.
            }
        }
    }

    private async Task<int> CloseAsync(Func<Entry, bool> which, TimeSpan limit, IProgress<int>? left, CancellationToken cancellationToken)
    {
        Entry[] ports;
        lock (_lock)
        {
            ports = [.. _ports.Values.Where(which)];
        }

        foreach (var port in ports)
        {
            port.RequestClose();
        }

        var started = _time.GetTimestamp();
        if (!await HaveEndedAsync(ports, limit, left, cancellationToken))
        {
            _logger.LogWarning(
                "{Count} ports are not closed yet after {Seconds:0} s.", ports.Count(port => !port.Ended.IsCompleted), _time.GetElapsedTime(started).TotalSeconds);
        }

        return ports.Length;
    }

    /// <summary>Waits for the ports' ends while closing calls go through or wait for their turn.</summary>
    private async Task<bool> HaveEndedAsync(Entry[] ports, TimeSpan limit, IProgress<int>? left, CancellationToken cancellationToken)
    {
        var open = ports.Length;
        var all = Task.WhenAll(ports.Select(async port =>
        {
            await port.Ended;
            var now = Interlocked.Decrement(ref open);
            left?.Report(now);
        }));
        var started = _time.GetTimestamp();
        for (var before = open; ; before = Volatile.Read(ref open))
        {
            var remaining = limit - _time.GetElapsedTime(started);
            var stall = remaining < _options.StallLimit ? remaining : _options.StallLimit;
            if (await IsWithinAsync(all, stall > TimeSpan.Zero ? stall : TimeSpan.Zero, cancellationToken))
            {
                return true;
            }

            if (cancellationToken.IsCancellationRequested
                || _time.GetElapsedTime(started) >= limit
                || (Volatile.Read(ref open) == before && !_entries.DeleteWaitsForTurn))
            {
                return false;
            }
        }
    }

    private async Task<bool> IsWithinAsync(Task task, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await task.WaitAsync(limit, _time, cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }

    private void ThrowIfDisposed(EntryRequest request)
    {
        // A router whose session broke is gone to once more, to remove our rules.
        if (_disposed && request.Kind != NapterPortKind.Router)
        {
            throw EntryErrors.Closed(request);
        }
    }

    /// <summary>One port from its create call to its final event.</summary>
    private async Task LiveAsync(Entry port, Deadline limit)
    {
        var kind = port.Request.Kind;
        try
        {
            port.BeginOpening();
            if (port.Request.IsReturn)
            {
                await ReturnAsync(port);
                return;
            }

            var started = _time.GetTimestamp();
            MadeEntry entry;
            IForwarding? forwarding = null;
            try
            {
                forwarding = await ForwardAsync(port);
                entry = await _entries.CreateAsync(port.Request, port.Duration, limit, port.CloseRequested, _stopped.Token);
            }
            catch (Exception exception)
            {
                EntryInstruments.NotOpened(kind);
                await EndAsync(forwarding);
                port.SetNeverOpened(
                    exception, _stopped.IsCancellationRequested ? "The end came before SORACOM's answer to its opening." : null);
                return;
            }

            EntryInstruments.Opened(kind, _time.GetElapsedTime(started));
            port.SetOpen(entry);
            await port.CloseRequested;
            port.BeginClosing();
            var rules = EndAsync(forwarding);
            var error = await _entries.DeleteAsync(entry, _stopped.Token);
            await rules;
            port.SetClosed(error, failed: error is not null);
            EntryInstruments.Ended(kind, port.Counters.FromDevice, port.Counters.ToDevice);
        }
        finally
        {
            // Until the last subscriber has heard of the end.
            await port.Ended;
            lock (_lock)
            {
                _ports.Remove(port.Id);
            }
        }
    }

    /// <summary>Has the router in front of the device forward a port of its own, where there is one to be told.</summary>
    private async Task<IForwarding?> ForwardAsync(Entry port)
    {
        if (port.Request.PortMap.Router is not { } router)
        {
            return null;
        }

        var forwarding = await Forwarder.OpenAsync(router, port.Request.DevicePort, port.Duration, _stopped.Token);
        port.SetForwarded(forwarding.RouterPort);
        if (port.CloseRequested.IsCompleted)
        {
            await forwarding.CloseAsync();
            throw EntryErrors.Closed(port.Request);
        }

        return forwarding;
    }

    private static Task EndAsync(IForwarding? forwarding) => forwarding?.CloseAsync() ?? Task.CompletedTask;

    private void Deliver(NapterPortEvent step)
    {
        foreach (var subscriber in Volatile.Read(ref _subscribers))
        {
            try
            {
                subscriber(step);
            }
            catch (Exception exception)
            {
                _logger.LogError(exception, "A subscriber failed on {State} of port {Port}.", step.State, step.PortId);
            }
        }
    }

    private sealed class Subscription(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
