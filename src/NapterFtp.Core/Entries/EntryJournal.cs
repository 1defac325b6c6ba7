using System.Net;
using Microsoft.Extensions.Logging;

namespace NapterFtp.Entries;

/// <summary>Notes this process's open entries in a file, each before it is made, so that another process can close them should
/// this one be killed. Holds nothing secret. Writes are small and go to the system's cache only: what must survive is the end of
/// the process, not of the computer. Ports matter more than a journal that cannot be written, as on a full disk: a warning says so, and with
/// each further note it is tried again to write all that is open into a new file.</summary>
internal sealed class EntryJournal(JournalOptions options, TimeProvider time, ILogger logger) : IDisposable
{
    /// <summary>Beyond this the file is written anew with what is still open.</summary>
    private const int LongestFile = 256 * 1024;

    private readonly object _lock = new();
    private readonly Dictionary<long, JournalRecord> _open = [];
    private FileStream? _file;
    private long _lastNumber;
    private bool _failed;
    private bool _ended;

    /// <summary>Notes an entry about to be asked for.</summary>
    /// <returns>Its number.</returns>
    public long Opening(EntryCall call)
    {
        lock (_lock)
        {
            var record = new JournalRecord(++_lastNumber, call);
            _open.Add(record.Number, record);
            if (_file is { } file && !File.Exists(file.Name))
            {
                // Removed by somebody who took this process for dead, as may happen where there are no locks.
                file.Dispose();
                _file = null;
            }

            Write(JournalLines.Opening(record));
            return record.Number;
        }
    }

    /// <summary>Notes what SORACOM answered.</summary>
    public void Opened(long number, IPEndPoint endPoint, DateTimeOffset? createdAt, DateTimeOffset expiresAt)
    {
        lock (_lock)
        {
            if (_open.TryGetValue(number, out var record))
            {
                _open[number] = record = record with { EndPoint = endPoint, CreatedAt = createdAt, ExpiresAt = expiresAt };
                Write(JournalLines.Opened(record));
            }
        }
    }

    /// <summary>Notes that an entry is gone, or was never made.</summary>
    public void Closed(long number)
    {
        lock (_lock)
        {
            if (_open.Remove(number))
            {
                Write(JournalLines.Closed(number));
            }
        }
    }

    /// <summary>What the other journals say now.</summary>
    public JournalView ReadOthers()
    {
        string? own;
        lock (_lock)
        {
            own = _file?.Name;
        }

        return JournalView.Of(
            JournalFolder.List(options.Folder).Where(path => path != own).Select(JournalFolder.Read).OfType<JournalContent>(), time.GetUtcNow());
    }

    /// <summary>Removes the file, or leaves it for the next start where entries are left.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_open.Count > 0)
            {
                Write(JournalLines.Abandoned());
                _file?.Dispose();
            }
            else if (_file is { } file)
            {
                JournalFolder.Remove(file);
            }

            _file = null;
            _ended = true;
        }
    }

    private void Write(byte[] line)
    {
        if (_ended)
        {
            return;
        }

        try
        {
            if (_file is { } file && !_failed && file.Position <= LongestFile)
            {
                file.Write(line);
                return;
            }

            // What is open is in it already.
            Renew();
            if (_failed)
            {
                _failed = false;
                logger.LogInformation("The journal of open ports in {Folder} is written again.", options.Folder);
            }
        }
        catch (Exception exception) when (IsOfWriting(exception))
        {
            if (!_failed)
            {
                _failed = true;
                logger.LogWarning(
                    "The journal of open ports in {Folder} cannot be written ({Error}); until it can, ports left open by a crash may not be found.",
                    options.Folder, exception.Message);
            }
        }
    }

    /// <summary>Starts a new file with all that is open, then drops the old one: at each moment one of them is whole. Where that fails the old
    /// one stays open, for its lock says that this process lives.</summary>
    private void Renew()
    {
        var file = options.Create(options.Folder);
        try
        {
            file.Write([
                .. JournalLines.Owner(JournalOwner.Current(options)),
                .. _open.Values.SelectMany(record =>
                    record.EndPoint is null ? JournalLines.Opening(record) : [.. JournalLines.Opening(record), .. JournalLines.Opened(record)]),
            ]);
        }
        catch (Exception exception) when (IsOfWriting(exception))
        {
            JournalFolder.Remove(file);
            throw;
        }

        if (_file is { } old)
        {
            JournalFolder.Remove(old);
        }

        _file = file;
    }

    private static bool IsOfWriting(Exception exception) => exception is IOException or UnauthorizedAccessException or NotSupportedException;
}

/// <summary>Where the journals are, and for whom this one is kept.</summary>
internal sealed record JournalOptions
{
    /// <summary>The folder of all processes' journals; see <see cref="DefaultFolder"/>.</summary>
    public required string Folder { get; init; }

    /// <summary>Which computer this is.</summary>
    public string Computer
    {
        get => field ??= ComputerId.Find(Folder);
        init;
    }

    /// <summary>Looks up a process by its ID: when it started, or null where it has ended.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">It lives, and is another user's.</exception>
    public Func<int, DateTimeOffset?> FindProcess { get; init; } = JournalOwner.StartOf;

    /// <summary>Makes a new journal in the folder, locked.</summary>
    public Func<string, FileStream> Create { get; init; } = JournalFolder.Create;

    /// <summary>The operator the entries belong to, such as <c>OP0012345678</c>.</summary>
    public required string Account { get; init; }

    /// <summary>The API's end point: the same operator ID may exist at another.</summary>
    public required string Api { get; init; }

    /// <summary>The user's folder for state: <c>$XDG_STATE_HOME/NapterFtp</c> or <c>~/.local/state/NapterFtp</c> on Linux,
    /// <c>%LOCALAPPDATA%\NapterFtp</c> on Windows, <c>~/Library/Application Support/NapterFtp</c> on macOS. Null where the
    /// user has no such folder, as some services.</summary>
    /// <param name="environment">Gives environment variables.</param>
    public static string? DefaultFolder(Func<string, string?> environment)
    {
        if (OperatingSystem.IsWindows() || OperatingSystem.IsMacOS())
        {
            var local = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
            return local.Length == 0 ? null : Path.Combine(local, "NapterFtp");
        }

        // The XDG Base Directory Specification has relative paths ignored.
        if (environment("XDG_STATE_HOME") is { } state && Path.IsPathRooted(state))
        {
            return Path.Combine(state, "NapterFtp");
        }

        return environment("HOME") is { Length: > 0 } home ? Path.Combine(home, ".local", "state", "NapterFtp") : null;
    }
}

/// <summary>One entry that a journal holds to be open.</summary>
/// <param name="Number">Its number within the journal.</param>
/// <param name="Call">The create call.</param>
internal sealed record JournalRecord(long Number, EntryCall Call)
{
    /// <summary>The entry's end point; null where the create call's answer is not known.</summary>
    public IPEndPoint? EndPoint { get; init; }

    /// <summary>When SORACOM made it, by SORACOM's clock.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When SORACOM ends it by itself, by SORACOM's clock.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>How long a create call may have been under way when its process died, waiting for its turn included.</summary>
    public static TimeSpan LongestCall { get; } = TimeSpan.FromMinutes(5);

    /// <summary>How far our clock and SORACOM's may differ.</summary>
    private static TimeSpan ExpiryMargin { get; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether SORACOM must have ended it by now.</summary>
    public bool HasExpired(DateTimeOffset now) => now > (ExpiresAt ?? Call.AskedAt + LongestCall + Call.Duration) + ExpiryMargin;
}
