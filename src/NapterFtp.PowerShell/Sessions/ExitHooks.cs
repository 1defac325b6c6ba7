using System.Diagnostics;
using System.Runtime.InteropServices;

namespace NapterFtp.PowerShell.Sessions;

/// <summary>Runs something once when the process ends: by itself, told so by the system (SIGTERM and SIGHUP; on Windows the closing
/// of the console), or by an exception that nobody handles. Several of these may come at once, each on a thread of its own; whoever
/// comes second waits for the first, for the process is gone when either returns.</summary>
/// <remarks>Where a terminal's window closes, SIGHUP comes, and a moment later whoever reads the console fails with EIO. PowerShell
/// takes that for a reason to end on the spot, without any event: only the first chance to see the exception is left to make that
/// thread wait.</remarks>
internal sealed class ExitHooks
{
    private readonly Action<ProcessEnd> _end;
    private const int InputOutputError = 5;

    private static readonly TimeSpan SignalComes = TimeSpan.FromSeconds(1);

    private readonly ManualResetEventSlim _begins = new();
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

        if (!OperatingSystem.IsWindows())
        {
            AppDomain.CurrentDomain.FirstChanceException += (_, e) =>
            {
                // The terminal is gone; the signal that says so is on its way, if it is not ignored.
                if (e.Exception is IOException { HResult: InputOutputError } && IsOfConsole() && _begins.Wait(SignalComes))
                {
                    _done.Wait();
                }
            };
        }

        // Kept, for a registration that is collected no longer hears.
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => End(ProcessEnd.Exit)));
        _signals.Add(PosixSignalRegistration.Create(
            PosixSignal.SIGHUP, _ => End(OperatingSystem.IsWindows() ? ProcessEnd.ConsoleClosed : ProcessEnd.Exit)));
    }

    private static bool IsOfConsole() =>
        !Thread.CurrentThread.IsThreadPoolThread
        && new StackTrace().GetFrames().Any(frame => frame.GetMethod()?.DeclaringType?.Assembly == typeof(Console).Assembly);

    private void End(ProcessEnd why)
    {
        if (Interlocked.Exchange(ref _begun, 1) != 0)
        {
            _done.Wait();
            return;
        }

        _begins.Set();
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
