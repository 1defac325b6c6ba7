using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NapterFtp.Testing;

namespace NapterFtp.Benchmarks.Peers;

/// <summary>A program that runs beside the benchmark until it is disposed.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _log;
    private readonly Task _errors;
    private Task _output = Task.CompletedTask;

    public ChildProcess(ProcessCommand command, string logFolder)
    {
        var start = new ProcessStartInfo(command.FileName, command.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = command.WorkingDirectory ?? "",
        };
        foreach (var (name, value) in command.Environment)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _log = Path.Combine(logFolder, $"{Path.GetFileName(command.FileName)}-{_process.Id}.log");
        _errors = WriteAsync(_process.StandardError, _log);
    }

    public int Id => _process.Id;

    /// <summary>The next line of its output.</summary>
    /// <param name="limit">How long to wait for it; a minute by default.</param>
    public async Task<string> ReadLineAsync(TimeSpan? limit = null) =>
        await _process.StandardOutput.ReadLineAsync().WaitAsync(limit ?? TimeSpan.FromMinutes(1)) ?? throw new InvalidOperationException($"{this} ended: {await ReadLogAsync()}");

    /// <summary>The next line of its output that begins so; the beginning is cut off.</summary>
    public async Task<string> ReadLineAsync(string beginning, TimeSpan? limit = null)
    {
        while (true)
        {
            if (await ReadLineAsync(limit) is var line && line.StartsWith(beginning, StringComparison.Ordinal))
            {
                return line[beginning.Length..].Trim();
            }
        }
    }

    /// <summary>Gives it a line to read.</summary>
    public async Task WriteLineAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>From now on its output is of no interest.</summary>
    public void DropOutput() => _output = _process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);

    /// <summary>Waits until it listens.</summary>
    public async Task WaitForAsync(IPEndPoint endPoint)
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            try
            {
                using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(endPoint);
                return;
            }
            catch (SocketException) when (watch.Elapsed < TimeSpan.FromSeconds(30) && !_process.HasExited)
            {
            }
            catch (SocketException e)
            {
                throw new InvalidOperationException($"{this} does not listen: {await ReadLogAsync()}", e);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended.
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        await Task.WhenAll(_errors, _output);
        _process.Dispose();
    }

    private async Task<string> ReadLogAsync()
    {
        await using var file = new FileStream(_log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return await reader.ReadToEndAsync();
    }

    public override string ToString() => Path.GetFileName(_process.StartInfo.FileName);

    private static async Task WriteAsync(StreamReader reader, string path)
    {
        await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, 1);
        await reader.BaseStream.CopyToAsync(file);
    }
}
