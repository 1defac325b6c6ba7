namespace NapterFtp.Simulator;

/// <summary>What the simulator has counted since it started; values only grow, but for those that say otherwise.</summary>
public sealed class SimulatorCounters
{
    private readonly TimeProvider _time;
    private readonly Func<int> _liveEntries;
    private readonly object _lock = new();
    private readonly Dictionary<string, long> _apiCalls = new(StringComparer.OrdinalIgnoreCase);
    private readonly Queue<long> _lastSecond = new();
    private int _peak;
    private long _created;
    private long _deleted;
    private long _connections;
    private long _badEnds;
    private long _roundTrips;
    private long _fromDevice;
    private long _toDevice;

    internal SimulatorCounters(TimeProvider time, Func<int> liveEntries)
    {
        _time = time;
        _liveEntries = liveEntries;
    }

    /// <summary>API calls by the name of the operation (<see cref="ApiOperation"/>), those that failed included.</summary>
    public IReadOnlyDictionary<string, long> ApiCalls
    {
        get
        {
            lock (_lock)
            {
                return new Dictionary<string, long>(_apiCalls, _apiCalls.Comparer);
            }
        }
    }

    /// <summary>All API calls.</summary>
    public long TotalApiCalls => ApiCalls.Values.Sum();

    /// <summary>The most API calls in any one second.</summary>
    public int PeakApiCallsPerSecond
    {
        get
        {
            lock (_lock)
            {
                return _peak;
            }
        }
    }

    /// <summary>Entries made.</summary>
    public long EntriesCreated => Interlocked.Read(ref _created);

    /// <summary>Entries deleted by a call; those that expired are not among them.</summary>
    public long EntriesDeleted => Interlocked.Read(ref _deleted);

    /// <summary>Entries alive now.</summary>
    public int LiveEntries => _liveEntries();

    /// <summary>Connections that the gateway let in.</summary>
    public long Connections => Interlocked.Read(ref _connections);

    /// <summary>Connections whose user ended its direction without TLS's <c>close_notify</c>.</summary>
    public long ConnectionsEndedWithoutCloseNotify => Interlocked.Read(ref _badEnds);

    /// <summary>Round trips to devices on control connections: bursts from the user that follow a burst from the device.</summary>
    public long ControlRoundTrips => Interlocked.Read(ref _roundTrips);

    /// <summary>Bytes that devices sent through the gateway.</summary>
    public long BytesFromDevice => Interlocked.Read(ref _fromDevice);

    /// <summary>Bytes that users sent through the gateway.</summary>
    public long BytesToDevice => Interlocked.Read(ref _toDevice);

    internal void ApiCalled(ApiOperation operation)
    {
        lock (_lock)
        {
            var name = operation.ToString();
            _apiCalls[name] = _apiCalls.GetValueOrDefault(name) + 1;
            var now = _time.GetTimestamp();
            while (_lastSecond.TryPeek(out var oldest) && _time.GetElapsedTime(oldest, now) >= TimeSpan.FromSeconds(1))
            {
                _lastSecond.Dequeue();
            }

            _lastSecond.Enqueue(now);
            _peak = Math.Max(_peak, _lastSecond.Count);
        }
    }

    internal void EntryCreated() => Interlocked.Increment(ref _created);

    internal void EntryDeleted() => Interlocked.Increment(ref _deleted);

    internal void ConnectionOpened() => Interlocked.Increment(ref _connections);

    internal void EndedWithoutCloseNotify() => Interlocked.Increment(ref _badEnds);

    internal void ControlRoundTrip() => Interlocked.Increment(ref _roundTrips);

    internal void BytesMoved(int fromDevice, int toDevice)
    {
        Interlocked.Add(ref _fromDevice, fromDevice);
        Interlocked.Add(ref _toDevice, toDevice);
    }
}
