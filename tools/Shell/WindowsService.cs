using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.ServiceProcess;
using Microsoft.PowerShell;

namespace NapterFtp.Shell;

/// <summary>A script as a Windows service: it answers the service control manager, and a stop reaches the script as Ctrl+C does, so
/// that its <c>finally</c> blocks run and all ports are closed before the service counts as stopped.</summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsService : ServiceBase
{
    // What the script has for its end; the manager is told that it goes on.
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(5);

    private const uint CtrlC = 0;

    private readonly string[] _arguments;
    private Thread? _script;
    private volatile bool _ended;
    private volatile bool _stopping;

    /// <param name="arguments">The arguments of pwsh.</param>
    public WindowsService(string[] arguments)
    {
        _arguments = arguments;
        CanShutdown = true;
        AutoLog = false;
    }

    protected override void OnStart(string[] args)
    {
        // A service has no console, and without one there is no Ctrl+C to hear.
        _ = NativeMethods.AllocConsole();
        _script = new Thread(RunScript) { Name = "script", IsBackground = true };
        _script.Start();
    }

    protected override void OnStop()
    {
        if (_ended)
        {
            // By itself: this is the script's own thread, which would wait for itself.
            return;
        }

        _stopping = true;
        _ = NativeMethods.GenerateConsoleCtrlEvent(CtrlC, 0);
        for (var waited = TimeSpan.Zero; waited < StopLimit && !_script!.Join(TellEvery); waited += TellEvery)
        {
            RequestAdditionalTime(TellEvery * 2);
        }
    }

    protected override void OnShutdown() => OnStop();

    private void RunScript()
    {
        var code = UnmanagedPSEntry.Start(_arguments, _arguments.Length);
        _ended = true;
        if (!_stopping)
        {
            ExitCode = code;
            Stop();
        }
    }

    private static class NativeMethods
    {
        [DllImport("kernel32")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        [return: MarshalAs(UnmanagedType.Bool)]
        public static extern bool AllocConsole();

        [DllImport("kernel32")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        [return: MarshalAs(UnmanagedType.Bool)]
        public static extern bool GenerateConsoleCtrlEvent(uint controlEvent, uint processGroup);
    }
}
