using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;
using NapterFtp.Diagnostics;
using NapterFtp.Ports.Journal;
using NapterFtp.Soracom;

namespace NapterFtp.Ports;

/// <summary>The one place that opens and closes Napter ports. Whoever needs one gets a lease.</summary>
internal sealed class PortManager : IAsyncDisposable
{
    /// <summary>SORACOM's longest <c>duration</c>.</summary>
    public static readonly TimeSpan LongestDuration = TimeSpan.FromHours(8);

    private readonly object _lock = new();
    private readonly PortEntries _entries;
    private readonly PortManagerOptions _options;
    private readonly PortJournal? _journal;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Dictionary<string, Port> _ports = [];
    private readonly CancellationTokenSource _stopped = new();
    private Action<NapterPortEvent>[] _subscribers = [];
    private long _lastId;
    private bool _disposed;

    public PortManager(IPortMappingApi api, PortManagerOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        _options = options;
        _time = time;
        _logger = loggers.CreateLogger("NapterFtp.Ports");
        _journal = options.Journal is { } journal ? new PortJournal(journal, time, _logger) : null;
        _entries = new PortEntries(api, options, _journal, time, _logger);
    }

    /// <summary>Opens a port, or hands out again one that lingers for the same device, port and source ranges.</summary>
    /// <exception cref="NapterFtpException"><c>PortOpenTimeout</c>, <c>PortsClosed</c>, <c>InvalidDevicePort</c>, or the API's error.</exception>
    public async Task<PortLease> OpenAsync(PortRequest request, CancellationToken cancellationToken)
    {
        if (request.DevicePort is < 1 or > 65535)
        {
            throw PortErrors.InvalidDevicePort(request);
        }

        cancellationToken.ThrowIfCancellationRequested();
        Port port;
        lock (_lock)
        {
            ThrowIfDisposed(request);
            var needed = _time.GetUtcNow() + _options.ShortestReusableLife;
            foreach (var candidate in _ports.Values)
            {
                if (candidate.TryReuse(request, needed) is { } reused)
                {
                    PortInstruments.Reused(request.Kind);
                    return reused;
                }
            }

            var id = (++_lastId).ToString(CultureInfo.InvariantCulture);
            port = new Port(id, request, Clamp(request.Duration), _time, Deliver);
            _ports.Add(id, port);
        }

        _ = LiveAsync(port);
        try
        {
            await port.Opened.WaitAsync(request.Patience, _time, cancellationToken);
        }
        catch (TimeoutException)
        {
            var error = PortErrors.OpenTimeout(request);
            port.RequestClose(error.Message, failed: true);
            throw error;
        }
        catch (OperationCanceledException)
        {
            port.RequestClose("Cancelled before it was open.", failed: true);
            throw;
        }

        return port.TryLease() ?? throw PortErrors.Closed(request);
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
    /// <param name="limit">How long to wait.</param>
    public Task CloseAllAsync(string? proxy, TimeSpan limit) =>
        CloseAsync(port => proxy is null || port.Request.Proxy == proxy, limit);

    /// <summary>Closes the port at an end point, whoever holds it; returns when it has ended or the time is up.</summary>
    /// <returns>Whether there is such a port.</returns>
    public async Task<bool> CloseAsync(IPEndPoint endPoint, TimeSpan limit) =>
        await CloseAsync(port => endPoint.Equals(port.Gateway?.EndPoint), limit) > 0;

    /// <summary>Closes all ports within <see cref="PortManagerOptions.DisposeLimit"/>, then gives up on the rest, which the
    /// journal keeps.</summary>
    public async ValueTask DisposeAsync()
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
        await CloseAllAsync(null, _options.DisposeLimit);
        var left = _options.DisposeLimit - _time.GetElapsedTime(started);
        await IsWithinAsync(_entries.SettledAsync(), left > TimeSpan.Zero ? left : TimeSpan.Zero);

        // From here on nothing waits for SORACOM any more.
        await _stopped.CancelAsync();
        Task[] last;
        lock (_lock)
        {
            last = [_entries.SettledAsync(), .. _ports.Values.Select(port => port.Ended)];
        }

        await IsWithinAsync(Task.WhenAll(last), _options.StopLimit);
        _journal?.Dispose();
    }

    private static TimeSpan Clamp(TimeSpan duration) => TimeSpan.FromSeconds(
        Math.Clamp(Math.Ceiling(duration.TotalSeconds), 1, LongestDuration.TotalSeconds));

    private async Task<int> CloseAsync(Func<Port, bool> which, TimeSpan limit)
    {
        Port[] ports;
        lock (_lock)
        {
            ports = [.. _ports.Values.Where(which)];
        }

        foreach (var port in ports)
        {
            port.RequestClose();
        }

        if (!await IsWithinAsync(Task.WhenAll(ports.Select(port => port.Ended)), limit))
        {
            _logger.LogWarning("{Count} ports are not closed yet after {Limit}.", ports.Count(port => !port.Ended.IsCompleted), limit);
        }

        return ports.Length;
    }

    private async Task<bool> IsWithinAsync(Task task, TimeSpan limit)
    {
        try
        {
            await task.WaitAsync(limit, _time);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private void ThrowIfDisposed(PortRequest request)
    {
        if (_disposed)
        {
            throw PortErrors.Closed(request);
        }
    }

    /// <summary>One port from its create call to its final event.</summary>
    private async Task LiveAsync(Port port)
    {
        var kind = port.Request.Kind;
        try
        {
            port.BeginOpening();
            var started = _time.GetTimestamp();
            PortEntry entry;
            try
            {
                entry = await _entries.CreateAsync(port.Request, port.Duration, port.CloseRequested, _stopped.Token);
            }
            catch (Exception exception)
            {
                PortInstruments.NotOpened(kind);
                port.SetNeverOpened(
                    exception, _stopped.IsCancellationRequested ? "The end came before SORACOM's answer to its opening." : null);
                return;
            }

            PortInstruments.Opened(kind, _time.GetElapsedTime(started));
            port.SetOpen(entry);
            await port.CloseRequested;
            port.BeginClosing();
            var error = await _entries.DeleteAsync(entry, _stopped.Token);
            port.SetClosed(error, failed: error is not null);
            PortInstruments.Ended(kind, port.Counters.FromDevice, port.Counters.ToDevice);
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
