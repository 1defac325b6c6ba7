using System.Diagnostics;

namespace NapterFtp.Entries;

/// <summary>The folder that holds all processes' journals, for the user alone. A process holds its journal open and locked for as
/// long as it lives: others can read it, but only a dead one's can be taken.</summary>
/// <remarks>.NET's sharing is enforced by Windows itself, and elsewhere by <c>flock</c> among .NET processes: <see cref="FileShare.Read"/>
/// takes a shared lock, <see cref="FileShare.None"/> an exclusive one, which fails while any other is held. The kernel frees them
/// however the process ends, so that a lock that holds is trusted. Only where there is none, as on some network file systems, the
/// process ID and start time are looked at. Another computer's journal is left alone until all in it must have expired.</remarks>
internal static class JournalFolder
{
    private const string Pattern = "*.jsonl";

    /// <summary>A process that has not written for longer than any entry lives has none open.</summary>
    private static readonly TimeSpan LongestSilence = EntryManager.LongestDuration + TimeSpan.FromMinutes(10);

    /// <summary>Makes a new journal, locked.</summary>
    public static FileStream Create(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            Directory.CreateDirectory(folder, owner);
            if (File.GetUnixFileMode(folder) != owner)
            {
                File.SetUnixFileMode(folder, owner);
            }
        }

        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            // .NET locks a file on a network file system only where it may also be read.
            Access = FileAccess.ReadWrite,
            Share = FileShare.Read,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(Path.Combine(folder, $"{Environment.ProcessId}-{Guid.NewGuid():N}.jsonl"), options);
    }

    public static IReadOnlyList<string> List(string folder)
    {
        try
        {
            return Directory.Exists(folder) ? Directory.GetFiles(folder, Pattern) : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Reads a journal, whoever keeps it; null where it cannot be read.</summary>
    public static JournalContent? Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return Read(stream);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Takes a journal that nobody keeps any more.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Which computer this is.</param>
    /// <param name="now">By our clock.</param>
    /// <param name="journal">The file, locked; null where it was not taken.</param>
    /// <param name="content">What it says, as far as it could be read.</param>
    public static JournalTaking TryTake(
        string path, JournalOptions options, DateTimeOffset now, out FileStream? journal, out JournalContent content)
    {
        journal = null;
        content = Read(path) ?? JournalContent.Empty;
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            content = Read(stream);
            var taking = Judge(stream, content, options, now);
            if (taking == JournalTaking.Taken)
            {
                journal = stream;
                stream = null;
            }

            return taking;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return JournalTaking.Gone;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A process that lives keeps it for as long; what else has it open, such as a virus scanner, lets go of it soon.
            return content is { Abandoned: false, Owner: { } owner } && (owner.Computer != options.Computer || owner.IsAlive(options))
                ? JournalTaking.Kept
                : JournalTaking.Held;
        }
        finally
        {
            stream?.Dispose();
        }
    }

    /// <summary>Removes a journal that this process has open.</summary>
    public static void Remove(FileStream stream)
    {
        try
        {
            // Emptied first: between closing and deleting somebody else may open it.
            stream.SetLength(0);
            stream.Dispose();
            File.Delete(stream.Name);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>Whether a journal that could be opened alone is to be taken.</summary>
    private static JournalTaking Judge(FileStream stream, JournalContent content, JournalOptions options, DateTimeOffset now) => content switch
    {
        { Abandoned: true } or { Owner: null } => JournalTaking.Taken,
        { Owner.Computer: var computer } when computer != options.Computer =>
            now - new DateTimeOffset(File.GetLastWriteTimeUtc(stream.Name), TimeSpan.Zero) > LongestSilence && content.Open.All(record => record.HasExpired(now))
                ? JournalTaking.Taken
                : JournalTaking.Kept,
        { Owner: { } owner } => LockHolds(stream.Name) || !owner.IsAlive(options) ? JournalTaking.Taken : JournalTaking.Kept,
    };

    /// <summary>Whether a file that is open alone cannot be opened once more.</summary>
    private static bool LockHolds(string path)
    {
        try
        {
            using var second = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    private static JournalContent Read(FileStream stream)
    {
        using var reader = new StreamReader(stream, leaveOpen: true);
        var lines = new List<string>();
        while (reader.ReadLine() is { } line)
        {
            lines.Add(line);
        }

        return JournalLines.Read(lines);
    }
}

/// <summary>What became of the attempt to take a journal.</summary>
internal enum JournalTaking
{
    /// <summary>It is ours now.</summary>
    Taken,

    /// <summary>Its process lives, or may live on another computer.</summary>
    Kept,

    /// <summary>Its process does not live, but something has the file open: another look, soon, may find it free.</summary>
    Held,

    /// <summary>There is no such file any more.</summary>
    Gone,
}

/// <summary>The process that keeps a journal, and the account its entries belong to.</summary>
/// <param name="Pid">Its process ID.</param>
/// <param name="StartedAt">When it started: process IDs are given out again.</param>
/// <param name="Computer">Which computer it runs on, for home folders shared by several.</param>
/// <param name="Account">The operator.</param>
/// <param name="Api">The API's end point.</param>
internal sealed record JournalOwner(int Pid, DateTimeOffset StartedAt, string Computer, string Account, string Api)
{
    public static JournalOwner Current(JournalOptions options)
    {
        using var process = Process.GetCurrentProcess();
        return new JournalOwner(process.Id, process.StartTime.ToUniversalTime(), options.Computer, options.Account, options.Api);
    }

    /// <summary>When a process started; null where there is none.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">It lives, and is another user's.</exception>
    public static DateTimeOffset? StartOf(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return process.StartTime.ToUniversalTime();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    public bool IsFor(JournalOptions options) => Account == options.Account && Api == options.Api;

    /// <summary>Whether it is this process.</summary>
    public bool IsCurrent(JournalOptions options) => Pid == Environment.ProcessId && Computer == options.Computer;

    /// <summary>Whether the process still runs on this computer, as far as can be seen: one whose start may not be read does.</summary>
    public bool IsAlive(JournalOptions options)
    {
        try
        {
            // Linux counts the start in ticks since boot, so it comes out slightly different each time.
            return options.FindProcess(Pid) is { } started && (started - StartedAt).Duration() < TimeSpan.FromSeconds(2);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return true;
        }
    }
}
