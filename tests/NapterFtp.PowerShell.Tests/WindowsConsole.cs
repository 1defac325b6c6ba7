using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NapterFtp.PowerShell.Tests;

/// <summary>A program in a console of its own, as a window has one, which can be closed: a pseudoconsole of Windows', whose closing sends
/// its programs what closing a window sends them (CTRL_CLOSE_EVENT).</summary>
internal sealed class WindowsConsole : IDisposable
{
    private const uint CtrlBreak = 1;
    private const uint ExtendedStartupInfo = 0x0008_0000;
    private const nint PseudoConsoleAttribute = 0x0002_0016;

    private readonly SafeFileHandle _input;
    private readonly Thread _drain;
    private readonly Process _process;
    private nint _console;

    private WindowsConsole(nint console, SafeFileHandle input, SafeFileHandle output, Process process)
    {
        (_console, _input, _process) = (console, input, process);
        // Closing waits until all that was written has been read.
        _drain = new Thread(() => Drain(output)) { Name = "console", IsBackground = true };
        _drain.Start();
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Starts a program of the path.</summary>
    public static WindowsConsole Start(string program, params string[] arguments)
    {
        Demand(NativeMethods.CreatePipe(out var theirInput, out var input, 0, 0));
        Demand(NativeMethods.CreatePipe(out var output, out var theirOutput, 0, 0));
        Marshal.ThrowExceptionForHR(NativeMethods.CreatePseudoConsole(120 | (40 << 16), theirInput, theirOutput, 0, out var console));
        theirInput.Dispose();
        theirOutput.Dispose();

        nint size = 0;
        _ = NativeMethods.InitializeProcThreadAttributeList(0, 1, 0, ref size);
        var attributes = Marshal.AllocHGlobal(size);
        try
        {
            Demand(NativeMethods.InitializeProcThreadAttributeList(attributes, 1, 0, ref size));
            Demand(NativeMethods.UpdateProcThreadAttribute(attributes, 0, PseudoConsoleAttribute, console, nint.Size, 0, 0));
            // Without handles of its own here it would inherit those of this process, which are redirected.
            var start = new StartupInfo { Size = Marshal.SizeOf<StartupInfo>(), Flags = 0x100, Attributes = attributes };
            var line = string.Join(' ', arguments.Prepend(program).Select(word => $"\"{word}\"")) + '\0';
            Demand(NativeMethods.CreateProcess(null, line.ToCharArray(), 0, 0, false, ExtendedStartupInfo, 0, null, ref start, out var made));
            var process = Process.GetProcessById(made.ProcessId);
            _ = process.SafeHandle;
            _ = NativeMethods.CloseHandle(made.Process);
            _ = NativeMethods.CloseHandle(made.Thread);
            return new WindowsConsole(console, input, output, process);
        }
        finally
        {
            Marshal.FreeHGlobal(attributes);
        }
    }

    /// <summary>Sees to it that this process has a console, which those that it starts share.</summary>
    public static void Share()
    {
        if (NativeMethods.GetConsoleCP() == 0)
        {
            Demand(NativeMethods.AllocConsole());
        }
    }

    /// <summary>Sends Ctrl+Break to a process that was started in a group of its own, on the console of this one.</summary>
    public static void Break(int processGroup) => Demand(NativeMethods.GenerateConsoleCtrlEvent(CtrlBreak, processGroup));

    /// <summary>Closes the window, whatever runs in it.</summary>
    public void Close()
    {
        if (Interlocked.Exchange(ref _console, 0) is var console and not 0)
        {
            NativeMethods.ClosePseudoConsole(console);
        }
    }

    public void Dispose()
    {
        Close();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
        _input.Dispose();
        _drain.Join(TimeSpan.FromMinutes(1));
    }

    private static void Drain(SafeFileHandle output)
    {
        using var stream = new FileStream(output, FileAccess.Read);
        stream.CopyTo(Stream.Null);
    }

    private static void Demand(bool done)
    {
        if (!done)
        {
            throw new Win32Exception();
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct StartupInfo
    {
        public int Size;
        public nint Reserved;
        public nint Desktop;
        public nint Title;
        public int X;
        public int Y;
        public int Width;
        public int Height;
        public int Columns;
        public int Rows;
        public int Fill;
        public int Flags;
        public short Show;
        public short ReservedSize;
        public nint ReservedData;
        public nint Input;
        public nint Output;
        public nint Error;
        public nint Attributes;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ProcessInformation
    {
        public nint Process;
        public nint Thread;
        public int ProcessId;
        public int ThreadId;
    }

    private static class NativeMethods
    {
        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        [DllImport("kernel32", SetLastError = true)]
        [return: MarshalAs(UnmanagedType.Bool)]
        public static extern bool CreatePipe(out SafeFileHandle read, out SafeFileHandle write, nint attributes, int size);

        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        [DllImport("kernel32")]
        public static extern int CreatePseudoConsole(int size, SafeFileHandle input, SafeFileHandle output, uint flags, out nint console);

        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        [DllImport("kernel32")]
        public static extern void ClosePseudoConsole(nint console);

        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        [DllImport("kernel32", SetLastError = true)]
        [return: MarshalAs(UnmanagedType.Bool)]
        public static extern bool InitializeProcThreadAttributeList(nint list, int count, int flags, ref nint size);

        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        [DllImport("kernel32", SetLastError = true)]
        [return: MarshalAs(UnmanagedType.Bool)]
        public static extern bool UpdateProcThreadAttribute(nint list, uint flags, nint attribute, nint value, nint size, nint previous, nint returned);

        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        [DllImport("kernel32", EntryPoint = "CreateProcessW", CharSet = CharSet.Unicode, SetLastError = true)]
        [return: MarshalAs(UnmanagedType.Bool)]
        public static extern bool CreateProcess(
            string? program,
            char[] line,
            nint processAttributes,
            nint threadAttributes,
            [MarshalAs(UnmanagedType.Bool)] bool inherit,
            uint flags,
            nint environment,
            string? folder,
            ref StartupInfo start,
            out ProcessInformation made);

        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        [DllImport("kernel32", SetLastError = true)]
        [return: MarshalAs(UnmanagedType.Bool)]
        public static extern bool CloseHandle(nint handle);

        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        [DllImport("kernel32")]
        public static extern uint GetConsoleCP();

        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        [DllImport("kernel32", SetLastError = true)]
        [return: MarshalAs(UnmanagedType.Bool)]
        public static extern bool AllocConsole();

        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        [DllImport("kernel32", SetLastError = true)]
        [return: MarshalAs(UnmanagedType.Bool)]
        public static extern bool GenerateConsoleCtrlEvent(uint controlEvent, int processGroup);
    }
}
