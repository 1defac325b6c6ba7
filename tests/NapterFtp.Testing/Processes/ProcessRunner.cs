using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace NapterFtp.Testing;

/// <summary>Runs programs with a time limit; what overstays is killed with all it started.</summary>
public static class ProcessRunner
{
    public static async Task<ProcessResult> RunAsync(ProcessCommand command, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(limit);
        var watch = Stopwatch.StartNew();
        using var process = Start(command);
        var output = ReadAsync(process.StandardOutput);
        var error = ReadAsync(process.StandardError);
        try
        {
            await WriteInputAsync(process, command.StandardInput);
            await process.WaitForExitAsync(limited.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            cancellationToken.ThrowIfCancellationRequested();
            return new ProcessResult(command, null, await output, await error, watch.Elapsed);
        }

        return new ProcessResult(command, process.ExitCode, await output, await error, watch.Elapsed);
    }

    /// <summary>Starts a program with its three streams redirected.</summary>
    internal static Process Start(ProcessCommand command)
    {
        var start = new ProcessStartInfo(command.FileName)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            WorkingDirectory = command.WorkingDirectory ?? "",
        };
        foreach (var argument in command.Arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in command.Environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>Sends what Ctrl+C sends, on Unix. A program that did it would come late: much is received while one starts.</summary>
    internal static void Interrupt(Process process)
    {
        const int SIGINT = 2;
        _ = Kill(process.Id, SIGINT);
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);

    private static async Task WriteInputAsync(Process process, string input)
    {
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading everything; its exit code tells.
        }
    }

    // Not cancelled: a killed process ends its streams.
    private static async Task<string> ReadAsync(StreamReader reader) => await reader.ReadToEndAsync(CancellationToken.None);
}
