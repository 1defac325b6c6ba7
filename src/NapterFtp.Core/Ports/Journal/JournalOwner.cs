using System.Diagnostics;

namespace NapterFtp.Ports.Journal;

/// <summary>The process that keeps a journal, and the account its entries belong to.</summary>
/// <param name="Pid">Its process ID.</param>
/// <param name="StartedAt">When it started: process IDs are given out again.</param>
/// <param name="Host">The computer, for home folders shared by several.</param>
/// <param name="Account">The operator.</param>
/// <param name="Api">The API's end point.</param>
internal sealed record JournalOwner(int Pid, DateTimeOffset StartedAt, string Host, string Account, string Api)
{
    public static JournalOwner Current(PortJournalOptions options)
    {
        using var process = Process.GetCurrentProcess();
        return new JournalOwner(process.Id, process.StartTime.ToUniversalTime(), Environment.MachineName, options.Account, options.Api);
    }

    public bool IsFor(PortJournalOptions options) => Account == options.Account && Api == options.Api;

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
