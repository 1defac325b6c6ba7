using System.Globalization;
using Microsoft.Extensions.Logging;
using NapterFtp.Soracom;

namespace NapterFtp.Ports;

/// <summary>The one place that opens and closes Napter ports. Whoever needs one gets a lease.</summary>
internal sealed class PortManager : IAsyncDisposable
{
    /// <summary>SORACOM's longest <c>duration</c>.</summary>
    public static readonly TimeSpan LongestDuration = TimeSpan.FromHours(8);

    private readonly object _lock = new();
    private readonly IPortMappingApi _api;
    private readonly PortManagerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Dictionary<string, Port> _ports = [];
    private readonly CancellationTokenSource _stopped = new();
    private Action<NapterPortEvent>[] _subscribers = [];
    private long _lastId;
    private bool _disposed;

    public PortManager(IPortMappingApi api, PortManagerOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        _api = api;
        _options = options;
        _time = time;
        _logger = loggers.CreateLogger<PortManager>();
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
    public async Task CloseAllAsync(string? proxy, TimeSpan limit)
    {
        Port[] ports;
        lock (_lock)
        {
            ports = [.. _ports.Values.Where(port => proxy is null || port.Request.Proxy == proxy)];
        }

        foreach (var port in ports)
        {
            port.RequestClose();
        }

        try
        {
            await Task.WhenAll(ports.Select(port => port.Ended)).WaitAsync(limit, _time);
        }
        catch (TimeoutException)
        {
            _logger.LogWarning("{Count} ports are not closed yet after {Limit}.", ports.Count(port => !port.Ended.IsCompleted), limit);
        }
    }

    /// <summary>Closes all ports within <see cref="PortManagerOptions.DisposeLimit"/>, then gives up on the rest.</summary>
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

        await CloseAllAsync(null, _options.DisposeLimit);
        await _stopped.CancelAsync();
        Port[] left;
        lock (_lock)
        {
            left = [.. _ports.Values];
        }

        await Task.WhenAll(left.Select(port => port.Ended));
    }

    private static TimeSpan Clamp(TimeSpan duration) => TimeSpan.FromSeconds(
        Math.Clamp(Math.Ceiling(duration.TotalSeconds), 1, LongestDuration.TotalSeconds));

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
        try
        {
            port.BeginOpening();
            var entry = await CreateAsync(port);
            if (entry is null)
            {
                return;
            }

            port.SetOpen(entry);
            await port.CloseRequested;
            port.BeginClosing();
            await DeleteAsync(port, entry);
        }
        finally
        {
            lock (_lock)
            {
                _ports.Remove(port.Id);
            }
        }
    }

    private async Task<PortMapping?> CreateAsync(Port port)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(_stopped.Token);
        var request = port.Request;
        try
        {
            var create = _api.CreateAsync(
                new PortMappingRequest(request.Device, request.DevicePort, port.Duration, request.SourceRanges), cancel.Token);
            await Task.WhenAny(create, port.CloseRequested);
            if (!create.IsCompleted)
            {
                await Task.WhenAny(create, Task.Delay(_options.AbandonedOpenGrace, _time, _stopped.Token));
                await cancel.CancelAsync();
            }

            return await create;
        }
        catch (Exception exception)
        {
            port.SetNeverOpened(exception);
            return null;
        }
    }

    private async Task DeleteAsync(Port port, PortMapping entry)
    {
        var delay = _options.CloseRetryDelay;
        while (true)
        {
            try
            {
                if (_time.GetUtcNow() < port.ExpiresAt + _options.ExpiryMargin)
                {
                    await _api.DeleteAsync(entry.EndPoint, _stopped.Token);
                }

                port.SetClosed();
                return;
            }
            catch (Exception exception)
            {
                try
                {
                    _logger.LogWarning(exception, "Port {EndPoint} could not be closed; trying again in {Delay}.", entry.EndPoint, delay);
                    await Task.Delay(Jitter(delay), _time, _stopped.Token);
                    delay = TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, _options.LongestCloseRetryDelay.Ticks));
                }
                catch (OperationCanceledException)
                {
                    port.SetClosed($"Could not be closed ({exception.Message}); SORACOM ends it at {port.ExpiresAt:u}.", failed: true);
                    return;
                }
            }
        }
    }

    /// <summary>Half to all of the delay, so that many ports' retries don't come at once.</summary>
    private static TimeSpan Jitter(TimeSpan delay) => delay * (0.5 + (Random.Shared.NextDouble() / 2));

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
