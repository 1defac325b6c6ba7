namespace NapterFtp.Copy;

/// <summary>Adds up what the sessions to one device move, and tells it a few times a second.</summary>
internal sealed class ProgressMeter
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    private readonly object _lock = new();
    private readonly string _device;
    private readonly int _files;
    private readonly long _total;
    private readonly TimeProvider _time;
    private readonly Action<CopyProgress> _report;
    private readonly Queue<(long Time, long Bytes)> _recent = new();
    private readonly Dictionary<PlannedTransfer, (long Time, long Bytes)> _begun = new(ReferenceEqualityComparer.Instance);
    private long _bytes;
    private int _done;
    private long _lastReport;

    public ProgressMeter(string device, int files, long total, TimeProvider time, Action<CopyProgress> report)
    {
        _device = device;
        _files = files;
        _total = total;
        _time = time;
        _report = report;
        _recent.Enqueue((time.GetTimestamp(), 0));
        _lastReport = time.GetTimestamp();
    }

    /// <summary>Bytes moved so far, of all files.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
            {
                return _bytes;
            }
        }
    }

    /// <summary>Bytes of a file have moved.</summary>
    public void Moved(PlannedTransfer file, long fileBytes, int count)
    {
        CopyProgress progress;
        lock (_lock)
        {
            _bytes += count;
            _begun.TryAdd(file, (_time.GetTimestamp(), fileBytes));
            if (_time.GetElapsedTime(_lastReport) < Interval)
            {
                return;
            }

            _lastReport = _time.GetTimestamp();
            progress = Snapshot(file, fileBytes);
        }

        _report(progress);
    }

    /// <summary>A file has ended, well or not.</summary>
    public void Ended(PlannedTransfer file)
    {
        CopyProgress progress;
        lock (_lock)
        {
            _done++;
            _begun.Remove(file);
            if (_time.GetElapsedTime(_lastReport) < Interval && _done < _files)
            {
                return;
            }

            _lastReport = _time.GetTimestamp();
            progress = Snapshot(file, file.Length ?? 0);
        }

        _report(progress);
    }

    private CopyProgress Snapshot(PlannedTransfer file, long fileBytes)
    {
        var now = _time.GetTimestamp();
        _recent.Enqueue((now, _bytes));
        while (_recent.Count > 2 && _time.GetElapsedTime(_recent.Peek().Time, now) > Window)
        {
            _recent.Dequeue();
        }

        var (since, before) = _recent.Peek();
        var seconds = _time.GetElapsedTime(since, now).TotalSeconds;
        var rate = seconds > 0 ? (_bytes - before) / seconds : 0;
        var fileRate = FileRate(file, fileBytes, now);
        return new CopyProgress
        {
            Device = _device,
            File = file.Source,
            FileBytes = fileBytes,
            FileLength = file.Length,
            FileRate = fileRate,
            FileTimeLeft = TimeLeft(file.Length - fileBytes, fileRate),
            FilesDone = _done,
            FilesTotal = _files,
            Bytes = _bytes,
            TotalBytes = _total,
            Rate = rate,
            TimeLeft = TimeLeft(_total - _bytes, rate),
        };
    }

    /// <summary>Since its first bytes came; several files may be under way.</summary>
    private double FileRate(PlannedTransfer file, long fileBytes, long now) =>
        _begun.TryGetValue(file, out var begun) && _time.GetElapsedTime(begun.Time, now) is { TotalSeconds: > 0 } passed
            ? Math.Max(0, fileBytes - begun.Bytes) / passed.TotalSeconds
            : 0;

    private static TimeSpan? TimeLeft(long? bytes, double rate) =>
        rate > 0 && bytes > 0 ? TimeSpan.FromSeconds(Math.Min(bytes.Value / rate, TimeSpan.FromDays(365).TotalSeconds)) : null;
}

/// <summary>How far a device's copy has come.</summary>
internal sealed record CopyProgress
{
    public required string Device { get; init; }

    /// <summary>The file that moved last.</summary>
    public required string File { get; init; }

    public long FileBytes { get; init; }

    public long? FileLength { get; init; }

    /// <summary>The file's bytes a second; 0 while it cannot be told.</summary>
    public double FileRate { get; init; }

    /// <summary>For the file, at its rate; null while it cannot be told.</summary>
    public TimeSpan? FileTimeLeft { get; init; }

    public int FilesDone { get; init; }

    public int FilesTotal { get; init; }

    /// <summary>Bytes of all files so far.</summary>
    public long Bytes { get; init; }

    /// <summary>Bytes of all files, as far as they are known.</summary>
    public long TotalBytes { get; init; }

    /// <summary>Bytes a second over the last seconds.</summary>
    public double Rate { get; init; }

    /// <summary>At this rate; null while it cannot be told.</summary>
    public TimeSpan? TimeLeft { get; init; }
}
