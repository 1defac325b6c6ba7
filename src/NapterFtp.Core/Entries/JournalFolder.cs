using System.Diagnostics;

namespace NapterFtp.Entries;

/// <summary>The folder that holds all processes' journals, for the user alone. A process holds its journal open and locked for as
/// long as it lives: others can read it, but only a dead one's can be taken.</summary>
/// <remarks>.NET's sharing is enforced by Windows itself, and elsewhere by <c>flock</c> among .NET processes: <see cref="FileShare.Read"/>
/// takes a shared lock, <see cref="FileShare.None"/> an exclusive one, which fails while any other is held. The kernel frees them
/// however the process ends. On network file systems there may be no lock; the process ID and start time are looked at as well.</remarks>
internal static class JournalFolder
{
    private const string Pattern = "*.jsonl";

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
            Access = FileAccess.Write,
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

    /// <summary>Takes a journal that nobody keeps any more; null where its process lives, or another is taking it.</summary>
    public static FileStream? TryTake(string path, out JournalContent content)
    {
        content = new JournalContent(null, false, []);
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            content = Read(stream);
            if (content.Abandoned || content.Owner?.IsAlive() != true)
            {
                return stream;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }

        stream?.Dispose();
        return null;
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

/// <summary>The process that keeps a journal, and the account its entries belong to.</summary>
/// <param name="Pid">Its process ID.</param>
/// <param name="StartedAt">When it started: process IDs are given out again.</param>
/// <param name="Host">The computer, for home folders shared by several.</param>
/// <param name="Account">The operator.</param>
/// <param name="Api">The API's end point.</param>
internal sealed record JournalOwner(int Pid, DateTimeOffset StartedAt, string Host, string Account, string Api)
{
    public static JournalOwner Current(JournalOptions options)
    {
        using var process = Process.GetCurrentProcess();
        return new JournalOwner(process.Id, process.StartTime.ToUniversalTime(), Environment.MachineName, options.Account, options.Api);
    }

    public bool IsFor(JournalOptions options) => Account == options.Account && Api == options.Api;

    /// <summary>Whether the process still runs, as far as can be seen from here; one on another computer is taken to.</summary>
    public bool IsAlive()
    {
        if (Host != Environment.MachineName)
        {
            return true;
        }

        try
        {
            using var process = Process.GetProcessById(Pid);

            // Linux counts the start in ticks since boot, so it comes out slightly different each time.
            return (process.StartTime.ToUniversalTime() - StartedAt).Duration() < TimeSpan.FromSeconds(2);
        }
        catch (ArgumentException)
        {
            return false;
        }
        catch (Exception exception) when (exception is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // Ended while we looked, or another user's.
            return exception is System.ComponentModel.Win32Exception;
        }
    }
}
