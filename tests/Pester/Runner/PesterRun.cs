using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace NapterFtp.Pester;

/// <summary>One process of PowerShell that runs Pester. However it ends, the events say so.</summary>
/// <param name="timeLimit">For PowerShell to start, for each test, and for PowerShell to end.</param>
/// <param name="time">The clock of the limit.</param>
internal sealed class PesterRun(TimeSpan timeLimit, TimeProvider time)
{
    /// <summary>How many of the last lines that PowerShell wrote are shown where it ends before it should.</summary>
    private const int OutputLines = 40;

    private readonly ConcurrentQueue<string> _output = new();

    /// <summary>Runs or lists tests. The last event is <see cref="PesterEventKind.Broken"/> where PowerShell did not end as it should.</summary>
    public async IAsyncEnumerable<PesterEvent> RunAsync(PesterRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var name = "napterftp-" + Guid.NewGuid().ToString("N")[..12];
        await using var pipe = new NamedPipeServerStream(
            name, PipeDirection.InOut, 1, PipeTransmissionMode.Byte, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);
        using var process = Start(name);
        try
        {
            var broken = await ConnectAsync(pipe, process, request, cancellationToken);
            PesterEvent? underWay = null;
            using var reader = new StreamReader(pipe, leaveOpen: true);
            while (broken is null)
            {
                PesterEvent? told = null;
                (broken, told) = await ReadAsync(reader, process, underWay, cancellationToken);
                if (told?.Kind == PesterEventKind.Finished)
                {
                    broken = await EndAsync(process, cancellationToken);
                    break;
                }

                if (told is not null)
                {
                    underWay = told.Kind == PesterEventKind.Started ? told : null;
                    yield return told;
                }
            }

            if (broken is not null)
            {
                yield return broken;
            }
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private Process Start(string pipeName)
    {
        var (program, arguments) = Installation.PowerShell();
        var start = new ProcessStartInfo(
            program,
            [
                .. arguments, "-NoProfile", "-NonInteractive", "-File", Installation.RunScript,
                "-PipeName", pipeName, "-PesterPath", Installation.PesterPath,
            ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
        start.Environment["POWERSHELL_UPDATECHECK"] = "Off";
        start.Environment["NO_COLOR"] = "1";

        // A short life: code is not worth being compiled twice.
        start.Environment["DOTNET_TieredPGO"] = "0";
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is { Length: > 0 } text)
        {
            _output.Enqueue(text);
            while (_output.Count > OutputLines)
            {
                _output.TryDequeue(out _);
            }
        }
    }

    /// <returns>Null where PowerShell has taken the request.</returns>
    private async Task<PesterEvent?> ConnectAsync(
        NamedPipeServerStream pipe, Process process, PesterRequest request, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(timeLimit, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        var connection = pipe.WaitForConnectionAsync(limit.Token);
        var end = process.WaitForExitAsync(limit.Token);
        try
        {
            await await Task.WhenAny(connection, end);
            if (!connection.IsCompletedSuccessfully)
            {
                return Broken(null, $"PowerShell ended with exit code {process.ExitCode} before any test began.");
            }

            await pipe.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(request), (byte)'\n'], limit.Token);
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Broken(null, $"PowerShell did not start within {timeLimit.TotalSeconds} seconds.");
        }
    }

    private async Task<(PesterEvent? Broken, PesterEvent? Told)> ReadAsync(
        StreamReader reader, Process process, PesterEvent? underWay, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(timeLimit, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            if (await reader.ReadLineAsync(limit.Token) is { } line)
            {
                return (null, PesterEvent.Parse(line));
            }

            await process.WaitForExitAsync(limit.Token);
            return (Broken(underWay, $"PowerShell ended with exit code {process.ExitCode} in the middle of the tests."), null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (Broken(underWay, $"It took longer than {timeLimit.TotalSeconds} seconds, and PowerShell was killed."), null);
        }
    }

    /// <returns>Null where PowerShell ends in good order.</returns>
    private async Task<PesterEvent?> EndAsync(Process process, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(timeLimit, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0 ? null : Broken(null, $"PowerShell ended with exit code {process.ExitCode} after the last test.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Broken(null, $"PowerShell did not end within {timeLimit.TotalSeconds} seconds after the last test, and was killed.");
        }
    }

    /// <summary>A failure of the test under way, or of PowerShell itself.</summary>
    private PesterEvent Broken(PesterEvent? underWay, string what) =>
        (underWay ?? new PesterEvent(PesterEventKind.Broken, "PowerShell", "PowerShell")) with
        {
            Kind = PesterEventKind.Broken,
            Message = string.Join(Environment.NewLine, [what, .. _output.IsEmpty ? [] : new[] { "The last that it wrote:" }, .. _output]),
        };
}
