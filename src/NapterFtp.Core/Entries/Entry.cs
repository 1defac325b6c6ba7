using System.Diagnostics.CodeAnalysis;
using System.Net;
using NapterFtp.Transport;

namespace NapterFtp.Entries;

/// <summary>The state of one Napter port. Every step makes one event; events are delivered in order, one at a time, and outside
/// the lock, so a subscriber may call back.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The lease is its holder's to dispose; it only points back here.")]
internal sealed class Entry
{
    private readonly object _lock = new();
    private readonly TimeProvider _time;
    private readonly Action<NapterPortEvent> _deliver;
    private readonly OrderedDelivery<NapterPortEvent> _events;
    private readonly long _started;
    private readonly TaskCompletionSource<bool> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closeRequested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private EntryRequest _request;
    private NapterPortState? _state;
    private EntryLease? _holder;
    private MadeEntry? _entry;
    private ITimer? _linger;
    private int _connections;
    private string? _command;
    private string? _error;
    private bool _failed;

    public Entry(string id, EntryRequest request, TimeSpan duration, TimeProvider time, Action<NapterPortEvent> deliver)
    {
        Id = id;
        Duration = duration;
        _request = request;
        _time = time;
        _started = time.GetTimestamp();
        _deliver = deliver;
        _events = new OrderedDelivery<NapterPortEvent>(Deliver);
    }

    public string Id { get; }

    public ByteCounters Counters { get; } = new();

    /// <summary>The life asked for.</summary>
    public TimeSpan Duration { get; }

    /// <summary>Who uses the port now, or used it last.</summary>
    public EntryRequest Request
    {
        get
        {
            lock (_lock)
            {
                return _request;
            }
        }
    }

    /// <summary>Set once open.</summary>
    public GatewayEndPoint? Gateway { get; private set; }

    /// <summary>Where the device comes to us; null where we go to it.</summary>
    public IReturnPort? Return { get; private set; }

    /// <summary>When SORACOM ends the entry by itself; set once open.</summary>
    public DateTimeOffset ExpiresAt { get; private set; }

    /// <summary>Completes when the port is open, or false when its end has been asked for before; faulted where it cannot be opened.</summary>
    public Task<bool> Opened => _opened.Task;

    /// <summary>Completes when nobody wants the port any more.</summary>
    public Task CloseRequested => _closeRequested.Task;

    /// <summary>Completes when the final event has been delivered.</summary>
    public Task Ended => _ended.Task;

    public void BeginOpening() => Step(() => Move(NapterPortState.Opening));

    /// <summary>A router leads this port of its own to the device's.</summary>
    public void SetForwarded(int routerPort)
    {
        lock (_lock)
        {
            _request = _request with { ForwardedPort = routerPort };
        }
    }

    /// <summary>The entry is there. Lets the waiting caller have it, unless nobody wants it any more.</summary>
    public void SetOpen(MadeEntry entry)
    {
        Step(() =>
        {
            _entry = entry;
            Gateway = new GatewayEndPoint(entry.Mapping.EndPoint, entry.Mapping.HostName);
            ExpiresAt = entry.ExpiresAt;
            if (!_closeRequested.Task.IsCompleted)
            {
                Move(NapterPortState.Open);
            }
        });
        _opened.TrySetResult(true);
    }

    /// <summary>The router takes the device's connection. Lets the waiting caller have it, as with <see cref="SetOpen"/>.</summary>
    public void SetListening(IReturnPort port)
    {
        Step(() =>
        {
            Return = port;
            ExpiresAt = _time.GetUtcNow() + Duration;
            _request = _request with { ForwardedPort = port.EndPoint.Port };
            if (!_closeRequested.Task.IsCompleted)
            {
                Move(NapterPortState.Open);
            }
        });
        _opened.TrySetResult(true);
    }

    /// <summary>The entry was never made: the port ends here.</summary>
    /// <param name="exception">For who waits for it.</param>
    /// <param name="error">For the event; null for the exception's message.</param>
    public void SetNeverOpened(Exception exception, string? error = null)
    {
        Step(() =>
        {
            _error ??= error ?? exception.Message;
            Move(NapterPortState.Failed);
        });
        if (_opened.TrySetException(exception))
        {
            // Seen, even where nobody waits any more.
            _ = _opened.Task.Exception;
        }
    }

    public void BeginClosing() => Step(() =>
    {
        StopLinger();
        Move(NapterPortState.Closing);
    });

    /// <summary>The entry is gone, or cannot be deleted (<paramref name="error"/>).</summary>
    public void SetClosed(string? error = null, bool failed = false) => Step(() =>
    {
        _error ??= error;
        Move(_failed || failed ? NapterPortState.Failed : NapterPortState.Closed);
    });

    /// <summary>Asks for the port's end, whoever holds it.</summary>
    /// <param name="error">Why, for a person; null where this is the ordinary end.</param>
    /// <param name="failed">Whether the final event is to be <see cref="NapterPortState.Failed"/>.</param>
    public void RequestClose(string? error = null, bool failed = false)
    {
        lock (_lock)
        {
            if (!_closeRequested.Task.IsCompleted)
            {
                _error ??= error;
                _failed |= failed;
                _holder = null;
            }
        }

        _closeRequested.TrySetResult();
        _opened.TrySetResult(false);
    }

    /// <summary>Gives the port to its first holder, once open.</summary>
    public EntryLease? TryLease() => TryLease(_request, reused: false);

    /// <summary>Gives an idle port that nobody holds to a new holder.</summary>
    public EntryLease? TryReuse(EntryRequest request, DateTimeOffset notExpiringBefore)
    {
        lock (_lock)
        {
            return _state == NapterPortState.Idle
                && _holder is null
                && ExpiresAt >= notExpiringBefore
                && _request.IsSamePort(request)
                && _request.SourceRanges.SequenceEqual(request.SourceRanges)
                ? TryLease(request, reused: true)
                : null;
        }
    }

    public void Connected(EntryLease lease, IPEndPoint? local, IPEndPoint? client) => Step(() =>
    {
        if (_holder == lease)
        {
            _connections++;
            _request = _request with { LocalEndPoint = local ?? _request.LocalEndPoint, Client = client ?? _request.Client };
            Move(NapterPortState.Connected);
        }
    });

    public void Disconnected(EntryLease lease) => Step(() =>
    {
        if (_holder == lease && _connections > 0 && --_connections == 0)
        {
            Move(NapterPortState.Idle);
        }
    });

    public void SetCommand(EntryLease lease, string command)
    {
        lock (_lock)
        {
            if (_holder == lease)
            {
                _command = command;
            }
        }
    }

    public void Fail(EntryLease lease, string reason)
    {
        lock (_lock)
        {
            if (_holder != lease)
            {
                return;
            }
        }

        RequestClose(reason, failed: true);
    }

    public void KeepFor(EntryLease lease, TimeSpan linger)
    {
        lock (_lock)
        {
            if (_holder == lease)
            {
                _request = _request with { Linger = linger };
            }
        }
    }

    /// <summary>Keeps the port for reuse where its holder asked for that, else asks for its end.</summary>
    public void Release(EntryLease lease)
    {
        var close = false;
        Step(() =>
        {
            if (_holder != lease)
            {
                return;
            }

            _holder = null;
            _connections = 0;
            var linger = Min(_request.Linger, ExpiresAt - _time.GetUtcNow());
            if (linger <= TimeSpan.Zero || _state is not (NapterPortState.Open or NapterPortState.Connected or NapterPortState.Idle))
            {
                close = true;
                return;
            }

            Move(NapterPortState.Idle);
            _linger = _time.CreateTimer(static port => ((Entry)port!).LingerEnded(), this, linger, Timeout.InfiniteTimeSpan);
        });
        if (close)
        {
            RequestClose();
        }
    }

    /// <inheritdoc cref="Soracom.PortMapping.Placement"/>
    public string? Placement => _entry?.Mapping.Placement;

    /// <summary>The port as it is now, or null once it has ended.</summary>
    public NapterPort? Snapshot()
    {
        lock (_lock)
        {
            return _state is null or NapterPortState.Closed or NapterPortState.Failed ? null : new NapterPort
            {
                Imsi = _request.Device.Imsi,
                SimId = _request.Device.SimId,
                DevicePort = _request.DevicePort,
                RouterPort = _request.RouterPort,
                EndPoint = _entry?.Mapping.EndPoint,
                HostName = _entry?.Mapping.HostName,
                CreatedAt = _entry?.Mapping.CreatedAt,
                ExpiresAt = _entry is null && Return is null ? null : ExpiresAt,
                SourceRange = _entry?.Mapping.SourceRanges ?? _request.SourceRanges,
                Tls = true,
                Placement = _entry?.Mapping.Placement,
                Owned = true,
                PortId = Id,
                Proxy = _request.Proxy,
                SessionId = _request.SessionId,
                Kind = _request.Kind,
                State = _state,
                Command = _command,
                BytesFromDevice = Counters.FromDevice,
                BytesToDevice = Counters.ToDevice,
            };
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private EntryLease? TryLease(EntryRequest request, bool reused)
    {
        lock (_lock)
        {
            if (_closeRequested.Task.IsCompleted)
            {
                return null;
            }

            StopLinger();
            if (reused)
            {
                _request = request with { ForwardedPort = _request.ForwardedPort };
                _command = null;
            }

            return _holder = new EntryLease(this, reused);
        }
    }

    private void LingerEnded()
    {
        lock (_lock)
        {
            // A new holder came between the timer's firing and this call.
            if (_holder is not null || _linger is null)
            {
                return;
            }
        }

        RequestClose();
    }

    private void StopLinger()
    {
        _linger?.Dispose();
        _linger = null;
    }

    /// <summary>Called under the lock.</summary>
    private bool Move(NapterPortState to)
    {
        if (!EntryLife.CanMove(_state, to))
        {
            return false;
        }

        _state = to;
        _events.Add(new NapterPortEvent
        {
            Time = _time.GetUtcNow(),
            Proxy = _request.Proxy,
            SessionId = _request.SessionId,
            PortId = Id,
            Kind = _request.Kind,
            State = to,
            Imsi = _request.Device.Imsi,
            SimId = _request.Device.SimId,
            DevicePort = _request.DevicePort,
            RouterPort = _request.RouterPort,
            EndPoint = _entry?.Mapping.EndPoint,
            LocalEndPoint = _request.LocalEndPoint,
            Client = _request.Client,
            Command = _command,
            BytesFromDevice = Counters.FromDevice,
            BytesToDevice = Counters.ToDevice,
            Duration = _time.GetElapsedTime(_started),
            Error = _error,
        });
        return true;
    }

    /// <summary>Changes the state under the lock, then delivers the events outside it.</summary>
    private void Step(Action change)
    {
        lock (_lock)
        {
            change();
        }

        _events.Run();
    }

    private void Deliver(NapterPortEvent step)
    {
        _deliver(step);
        if (step.State is NapterPortState.Closed or NapterPortState.Failed)
        {
            _ended.TrySetResult();
        }
    }
}
