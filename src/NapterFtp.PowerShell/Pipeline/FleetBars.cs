using System.Globalization;
using System.Management.Automation;
using NapterFtp.Copy;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>A command's progress: one bar for all devices and one below it for each that works; for one device its own alone.</summary>
internal sealed class FleetBars
{
    private const int FleetId = 1;

    private readonly object _lock = new();
    private readonly FleetMeter? _meter;
    private readonly SortedSet<int> _freeIds = [];
    private readonly string _command;
    private readonly Action<ProgressRecord> _emit;
    private int _lastId;
    private bool _shown;

    /// <param name="command">The command's name.</param>
    /// <param name="devices">How many devices it is about.</param>
    /// <param name="time">The clock.</param>
    /// <param name="emit">Shows a record.</param>
    public FleetBars(string command, int devices, TimeProvider time, Action<ProgressRecord> emit)
    {
        _command = command;
        _emit = emit;
        _meter = devices > 1 ? new FleetMeter(devices, time) : null;
        _lastId = _meter is null ? 0 : FleetId;
    }

    /// <summary>A device's turn has come.</summary>
    public DeviceBar Begin(int device, string label)
    {
        Show(_meter?.Begun(device));
        return new DeviceBar(this, device, label);
    }

    /// <summary>The command has come to its end.</summary>
    public void Complete()
    {
        if (_shown)
        {
            _emit(new ProgressRecord(FleetId, _command, "Done") { RecordType = ProgressRecordType.Completed });
        }
    }

    private void Show(FleetProgress? progress)
    {
        if (progress is not null)
        {
            _shown = true;
            _emit(new ProgressRecord(FleetId, _command, Status(progress))
            {
                PercentComplete = (int)(100 * progress.Share),
                SecondsRemaining = Seconds(progress.TimeLeft),
            });
        }
    }

    private int TakeId()
    {
        lock (_lock)
        {
            if (_freeIds.Count == 0)
            {
                return ++_lastId;
            }

            var id = _freeIds.Min;
            _freeIds.Remove(id);
            return id;
        }
    }

    private void ReturnId(int id)
    {
        lock (_lock)
        {
            _freeIds.Add(id);
        }
    }

    private static string Status(FleetProgress progress) => string.Create(
        CultureInfo.CurrentCulture,
        $"{progress.DevicesDone} of {progress.Devices} devices, {progress.DevicesWorking} at work")
        + (progress.FilesDone > 0 || progress.Bytes > 0
            ? string.Create(CultureInfo.CurrentCulture, $", {progress.FilesDone} files, {progress.Bytes / 1e6:0.0} MB, {progress.Rate / 1e3:0} kB/s")
            : "");

    private static int Seconds(TimeSpan? left) => left is { } time ? (int)Math.Min(time.TotalSeconds, int.MaxValue) : -1;

    /// <summary>What is shown of one device.</summary>
    internal sealed class DeviceBar(FleetBars bars, int device, string label)
    {
        private readonly object _lock = new();
        private int? _id;
        private bool _ended;

        /// <summary>A further copy from the device begins.</summary>
        public void BeginAnew() => bars._meter?.BeginsAnew(device);

        public void Progressed(CopyProgress progress)
        {
            bars.Show(bars._meter?.Progressed(device, progress));

            // A device of a fleet that is done in no time needs no bar.
            if (bars._meter is null || _id is not null || progress.FilesDone < progress.FilesTotal)
            {
                Show(new ProgressRecord(NextId(), Activity, Status(progress))
                {
                    CurrentOperation = Operation(progress),
                    PercentComplete = Percent(progress),
                    SecondsRemaining = Seconds(progress.TimeLeft),
                });
            }
        }

        /// <summary>What is done at the device.</summary>
        public void Step(string text) => Show(new ProgressRecord(NextId(), Activity, text));

        /// <summary>The device is done, well or not.</summary>
        public void Complete()
        {
            lock (_lock)
            {
                _ended = true;
                if (_id is { } id)
                {
                    bars._emit(Below(new ProgressRecord(id, Activity, "Done") { RecordType = ProgressRecordType.Completed }));
                    bars.ReturnId(id);
                    _id = null;
                }
            }

            bars.Show(bars._meter?.Ended(device));
        }

        private string Activity => bars._meter is null ? $"{bars._command} {label}" : label;

        private int NextId()
        {
            lock (_lock)
            {
                return _ended ? 0 : _id ??= bars.TakeId();
            }
        }

        private void Show(ProgressRecord record)
        {
            lock (_lock)
            {
                if (!_ended)
                {
                    bars._emit(Below(record));
                }
            }
        }

        private ProgressRecord Below(ProgressRecord record)
        {
            record.ParentActivityId = bars._meter is null ? -1 : FleetId;
            return record;
        }

        private static string Status(CopyProgress progress) => string.Create(
            CultureInfo.CurrentCulture,
            $"{progress.FilesDone} of {progress.FilesTotal} files, {progress.Bytes / 1e6:0.0} of {progress.TotalBytes / 1e6:0.0} MB, {progress.Rate / 1e3:0} kB/s");

        /// <summary>The file, and how far, how fast and how long still.</summary>
        private static string Operation(CopyProgress progress)
        {
            List<string> facts = [];
            if (progress.FileLength is > 0 and { } length)
            {
                facts.Add(string.Create(CultureInfo.CurrentCulture, $"{100 * progress.FileBytes / length} %"));
            }

            if (progress.FileRate > 0)
            {
                facts.Add(string.Create(CultureInfo.CurrentCulture, $"{progress.FileRate / 1e3:0} kB/s"));
            }

            if (progress.FileTimeLeft is { } left)
            {
                facts.Add(string.Create(CultureInfo.CurrentCulture, $"{TimeSpan.FromSeconds(Math.Ceiling(left.TotalSeconds)):g} left"));
            }

            return facts.Count == 0 ? progress.File : $"{progress.File} ({string.Join(", ", facts)})";
        }

        private static int Percent(CopyProgress progress) => (int)Math.Clamp(
            progress.TotalBytes > 0 ? 100 * progress.Bytes / progress.TotalBytes : 100L * progress.FilesDone / Math.Max(progress.FilesTotal, 1), 0, 100);
    }
}
