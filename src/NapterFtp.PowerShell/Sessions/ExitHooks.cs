using System.Runtime.InteropServices;

namespace NapterFtp.PowerShell.Sessions;

/// <summary>Runs something once when the process ends: by itself, or told so by the system (SIGTERM and SIGHUP; on Windows the
/// closing of the console, logoff and shutdown), which does not lead to <see cref="AppDomain.ProcessExit"/>.</summary>
internal sealed class ExitHooks
{
    private readonly Action _end;
    private readonly List<PosixSignalRegistration> _signals = [];
    private int _ended;

    public ExitHooks(Action end)
    {
        _end = end;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => End();
        foreach (var signal in new[] { PosixSignal.SIGTERM, PosixSignal.SIGHUP })
        {
            // Kept, for a registration that is collected no longer hears.
            _signals.Add(PosixSignalRegistration.Create(signal, _ => End()));
        }
    }

    private void End()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            _end();
        }
    }
}
