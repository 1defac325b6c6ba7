using NapterFtp.Entries;

namespace NapterFtp.Pulls;

/// <summary>Whose intents are whose: says of each that writes a history whether it still does. Each holds a file of its own open and locked
/// for as long as it lives; the system frees it however the process ends (<see cref="JournalFolder"/> tells how).</summary>
internal sealed class HistoryOwner : IDisposable
{
    private readonly HistoryOwnerOptions _options;
    private readonly object _lock = new();
    private FileStream? _file;
    private bool _ended;

    public HistoryOwner(HistoryOwnerOptions options)
    {
        _options = options;
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        Process = process.Id;
        ProcessStarted = process.StartTime.ToUniversalTime();
    }

    public string Id { get; } = Guid.NewGuid().ToString("N");

    public string Computer => _options.Computer;

    public int Process { get; }

    public DateTimeOffset ProcessStarted { get; }

    /// <summary>To be called before the first intent: from now on others see that it lives. Where the file cannot be made they go by the
    /// process.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            if (_file is not null || _ended)
            {
                return;
            }

            try
            {
                Directory.CreateDirectory(_options.Folder);
                _file = new FileStream(PathOf(Id), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
            {
                _ended = true;
            }
        }
    }

    /// <summary>Whether one that wrote intents on this computer may still settle them.</summary>
    /// <param name="id">Its <see cref="Id"/>.</param>
    /// <param name="process">Its process.</param>
    /// <param name="started">When that process started.</param>
    public bool IsAlive(string id, int process, DateTimeOffset started)
    {
        if (id == Id)
        {
            return true;
        }

        var path = PathOf(id);
        if (File.Exists(path))
        {
            try
            {
                using (new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
                {
                }

                File.Delete(path);
                return false;
            }
            catch (FileNotFoundException)
            {
                return false;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return true;
            }
        }

        // Ended in good order, though something was left; or it is another user's, whose folder is another.
        return process != Process && IsRunning(process, started);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _ended = true;
            if (_file is { } file)
            {
                _file = null;
                file.Dispose();
                try
                {
                    File.Delete(file.Name);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                }
            }
        }
    }

    private bool IsRunning(int process, DateTimeOffset started)
    {
        try
        {
            // Linux counts the start in ticks since boot, so it comes out slightly different each time.
            return _options.FindProcess(process) is { } found && (found - started).Duration() < TimeSpan.FromSeconds(2);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return true;
        }
    }

    private string PathOf(string id) => Path.Combine(_options.Folder, $"{id}.lock");
}

/// <summary>Where those who write histories on this computer show that they live.</summary>
internal sealed record HistoryOwnerOptions
{
    /// <summary>A folder of this user's on this computer.</summary>
    public required string Folder { get; init; }

    /// <summary>Which computer this is.</summary>
    public string Computer
    {
        get => field ??= ComputerId.Find(Folder);
        init;
    }

    /// <summary>Looks up a process by its ID: when it started, or null where it has ended.</summary>
    public Func<int, DateTimeOffset?> FindProcess { get; init; } = JournalOwner.StartOf;

    /// <summary>The options for a user.</summary>
    /// <param name="stateFolder">The user's folder for state, or null where there is none.</param>
    public static HistoryOwnerOptions For(string? stateFolder) => new()
    {
        Folder = Path.Combine(stateFolder ?? Path.Combine(Path.GetTempPath(), $"NapterFtp-{Environment.UserName}"), "pulls"),
    };
}
