using System.Runtime.InteropServices;

namespace NapterFtp.PowerShell.Sessions;

/// <summary>Runs something once when the process ends: by itself, told so by the system (SIGTERM and SIGHUP; on Windows the closing
/// of the console), or by an exception that nobody handles. Several of these may come at once, each on a thread of its own: where a
/// terminal window closes, SIGHUP comes, and the thread that reads the console fails a moment later, which ends pwsh. Whoever comes
/// second waits for the first, for the process is gone when either returns.</summary>
internal sealed class ExitHooks
{
    private readonly Action<ProcessEnd> _end;
    private readonly ManualResetEventSlim _done = new();
    private readonly List<PosixSignalRegistration> _signals = [];
    private int _begun;

    /// <param name="end">What to do; it sees to its own limit.</param>
    public ExitHooks(Action<ProcessEnd> end)
    {
        _end = end;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => End(ProcessEnd.Exit);
        AppDomain.CurrentDomain.UnhandledException += (_, e) =>
        {
            if (e.IsTerminating)
            {
                End(ProcessEnd.Exit);
            }
        };

        // Kept, for a registration that is collected no longer hears.
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => End(ProcessEnd.Exit)));
        _signals.Add(PosixSignalRegistration.Create(
            PosixSignal.SIGHUP, _ => End(OperatingSystem.IsWindows() ? ProcessEnd.ConsoleClosed : ProcessEnd.Exit)));
    }

    private void End(ProcessEnd why)
    {
        if (Interlocked.Exchange(ref _begun, 1) != 0)
        {
            _done.Wait();
            return;
        }

        try
        {
            _end(why);
        }
        finally
        {
            _done.Set();
        }
    }
}

/// <summary>How the process ends, and so how much time is left.</summary>
internal enum ProcessEnd
{
    /// <summary>By itself or by a signal.</summary>
    Exit,

    /// <summary>Windows ends it about 5 seconds after its console's window was closed.</summary>
    ConsoleClosed,
}
