namespace NapterFtp.Copy;

/// <summary>Adds up how far the devices of a fleet have come, a few times a second. Thread-safe.</summary>
/// <param name="devices">How many there are.</param>
/// <param name="time">The clock.</param>
internal sealed class FleetMeter(int devices, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly object _lock = new();
    private readonly long _started = time.GetTimestamp();
    private readonly Dictionary<int, CopyProgress?> _working = [];
    private readonly Queue<(long Time, long Bytes)> _recent = new([(time.GetTimestamp(), 0)]);
    private long _lastReport = time.GetTimestamp();
    private int _devicesDone;
    private int _filesDone;
    private long _bytes;

    /// <summary>A device's turn has come.</summary>
    public FleetProgress? Begun(int device)
    {
        lock (_lock)
        {
            _working[device] = null;
            return Report(always: false);
        }
    }

    /// <summary>A device has come so far.</summary>
    /// <returns>How far all have come; null where that was told just now.</returns>
    public FleetProgress? Progressed(int device, CopyProgress progress)
    {
        lock (_lock)
        {
            if (_working.TryGetValue(device, out var before))
            {
                Add(progress.FilesDone - (before?.FilesDone ?? 0), progress.Bytes - (before?.Bytes ?? 0));
                _working[device] = progress;
            }

            return Report(always: false);
        }
    }

    /// <summary>A device has a further piece of work, whose progress starts from nothing.</summary>
    public void BeginsAnew(int device)
    {
        lock (_lock)
        {
            _working[device] = null;
        }
    }

    /// <summary>A device is done, well or not.</summary>
    public FleetProgress? Ended(int device)
    {
        lock (_lock)
        {
            _working.Remove(device);
            _devicesDone++;
            return Report(always: _devicesDone == devices);
        }
    }

    private void Add(int files, long bytes)
    {
        _filesDone += files;
        _bytes += bytes;
    }

    private FleetProgress? Report(bool always)
    {
        if (!always && time.GetElapsedTime(_lastReport) < Interval)
        {
            return null;
        }

        var now = _lastReport = time.GetTimestamp();
        _recent.Enqueue((now, _bytes));
        while (_recent.Count > 2 && time.GetElapsedTime(_recent.Peek().Time, now) > Window)
        {
            _recent.Dequeue();
        }

        var (since, before) = _recent.Peek();
        var seconds = time.GetElapsedTime(since, now).TotalSeconds;
        var share = Math.Min(1, (_devicesDone + _working.Values.Sum(Share)) / devices);
        return new FleetProgress
        {
            DevicesDone = _devicesDone,
            Devices = devices,
            DevicesWorking = _working.Count,
            FilesDone = _filesDone,
            Bytes = _bytes,
            Rate = seconds > 0 ? (_bytes - before) / seconds : 0,
            Share = share,
            TimeLeft = share is > 0 and < 1 ? Capped(time.GetElapsedTime(_started, now).TotalSeconds * (1 - share) / share) : null,
        };
    }

    private static double Share(CopyProgress? progress) => progress switch
    {
        null => 0,
        { TotalBytes: > 0 } => Math.Clamp((double)progress.Bytes / progress.TotalBytes, 0, 1),
        _ => (double)progress.FilesDone / Math.Max(progress.FilesTotal, 1),
    };

    private static TimeSpan Capped(double seconds) => TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.FromDays(365).TotalSeconds));
}

/// <summary>How far a fleet has come.</summary>
internal sealed record FleetProgress
{
    public int DevicesDone { get; init; }

    public int Devices { get; init; }

    /// <summary>Devices whose turn it is, those that do not answer included.</summary>
    public int DevicesWorking { get; init; }

    public int FilesDone { get; init; }

    public long Bytes { get; init; }

    /// <summary>Bytes a second over the last seconds.</summary>
    public double Rate { get; init; }

    /// <summary>The part of the work that is done, 0 to 1, each device counted alike.</summary>
    public double Share { get; init; }

    /// <summary>If the rest goes as what is done has gone; null while it cannot be told.</summary>
    public TimeSpan? TimeLeft { get; init; }
}
