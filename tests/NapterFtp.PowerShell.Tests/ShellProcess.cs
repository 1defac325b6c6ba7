using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using System.Runtime.Versioning;
using System.Text;

namespace NapterFtp.PowerShell.Tests;

/// <summary>The shell in a process of its own, without a profile and colours.</summary>
internal sealed class ShellProcess : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    private readonly Process _process;
    private readonly CancellationTokenSource _limit = new(Limit);
    private readonly StringBuilder _read = new();

    private ShellProcess(ProcessStartInfo start) => _process = Process.Start(start)!;

    private ShellProcess(string command, params string[] arguments)
        : this(new ProcessStartInfo(command, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            // Short lives: code is not worth being compiled twice.
            Environment = { ["NO_COLOR"] = "1", ["DOTNET_TieredPGO"] = "0" },
        })
    {
    }

    /// <summary>The runtime's program, by its whole path: where it is started there is no PATH.</summary>
    private static string DotNet { get; } = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator)
        .Select(folder => Path.Join(folder, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet")).First(File.Exists);

    public static ShellProcess Start(params string[] arguments) => new("dotnet", ["exec", Repository.ShellPath, "-NoProfile", .. arguments]);

    /// <summary>Starts it in a process group of its own, to which Windows sends Ctrl+Break.</summary>
    [SupportedOSPlatform("windows")]
    public static ShellProcess StartInGroup(params string[] arguments)
    {
        WindowsConsole.Share();
        return new ShellProcess(new ProcessStartInfo("dotnet", ["exec", Repository.ShellPath, "-NoProfile", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            CreateNewProcessGroup = true,
        });
    }

    /// <summary>Starts it under a limit that the system's shell sets, such as <c>ulimit -n 300</c>.</summary>
    public static ShellProcess StartUnder(string limit, params string[] arguments) => new(
        "bash", ["-c", limit + " && exec \"$@\"", "bash", "dotnet", "exec", Repository.ShellPath, "-NoProfile", .. arguments]);

    /// <summary>Starts it in a terminal of its own, as a window has one: with util-linux's script(1), whose end is the window's.</summary>
    public static ShellProcess StartInTerminal(params string[] arguments) => new(
        "script",
        ["--quiet", "--flush", "--command", "exec dotnet exec " + string.Join(' ', arguments.Prepend("-NoLogo").Prepend("-NoProfile").Prepend(Repository.ShellPath).Select(word => $"'{word}'")), "/dev/null"]);

    /// <summary>Starts it as <c>env -i</c> does, without any variable of the environment.</summary>
    public static ShellProcess StartBare(params string[] arguments)
    {
        var start = new ProcessStartInfo(DotNet, ["exec", Repository.ShellPath, "-NoProfile", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.Environment.Clear();
        if (OperatingSystem.IsWindows())
        {
            // Windows itself does not work without.
            start.Environment["SystemRoot"] = Environment.GetEnvironmentVariable("SystemRoot");
        }

        return new ShellProcess(start);
    }

    /// <summary>The beginning of a script that works with a simulator of another process.</summary>
    public static string SignIn(PSObject simulator) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        $ErrorActionPreference = 'Stop'
        Import-Module '{{Repository.ManifestPath}}'
        $key = [securestring]::new()
        '{{simulator.Text("AuthKey")}}'.ToCharArray() | ForEach-Object { $key.AppendChar($_) }
        Connect-Napter -AuthKeyId {{simulator.Text("AuthKeyId")}} -AuthKey $key -Endpoint {{simulator.Text("ApiEndPoint")}} -TrustedRootPath {{simulator.Text("TrustedRootPath")}}
        """);

    public static Task<ShellResult> RunAsync(params string[] arguments) => RunWithInputAsync(string.Empty, arguments);

    public static async Task<ShellResult> RunWithInputAsync(string input, params string[] arguments)
    {
        using var shell = Start(arguments);
        await shell._process.StandardInput.WriteAsync(input.AsMemory(), shell._limit.Token);
        return await shell.EndAsync();
    }

    /// <summary>Reads standard output up to and including the line that begins with the text, and returns that line.</summary>
    public async Task<string> ReadToLineAsync(string start)
    {
        while (await _process.StandardOutput.ReadLineAsync(_limit.Token) is { } line)
        {
            _read.AppendLine(line);
            if (line.StartsWith(start, StringComparison.Ordinal) || (line.StartsWith('\e') && line.EndsWith(start, StringComparison.Ordinal)))
            {
                return line;
            }
        }

        throw new InvalidOperationException($"The shell ended before it wrote '{start}': {_read} {await _process.StandardError.ReadToEndAsync(_limit.Token)}");
    }

    /// <summary>Writes a line to standard input.</summary>
    public async Task WriteLineAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line.AsMemory(), _limit.Token);
        await _process.StandardInput.FlushAsync(_limit.Token);
    }

    /// <summary>Sends a signal, such as <c>TERM</c>.</summary>
    public async Task SignalAsync(string signal)
    {
        Assert.SkipWhen(signal == "INT" && IgnoresInterrupt(), "SIGINT is ignored here, as what a script runs behind & has it; start the tests otherwise.");
        using var kill = Process.Start("kill", ["-" + signal, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(_limit.Token);
    }

    /// <summary>Whether it was started so that Ctrl+C means nothing to it; what runs behind a script's &amp; is, and passes that on.</summary>
    private bool IgnoresInterrupt()
    {
        const int Interrupt = 1 << (2 - 1);
        const string Ignored = "SigIgn:";
        return OperatingSystem.IsLinux()
            && File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith(Ignored, StringComparison.Ordinal)) is var line
            && (long.Parse(line.AsSpan(Ignored.Length).Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) & Interrupt) != 0;
    }

    /// <summary>Presses Ctrl+Break for its group.</summary>
    [SupportedOSPlatform("windows")]
    public void Break() => WindowsConsole.Break(_process.Id);

    /// <summary>Closes the window of a terminal, whatever runs in it.</summary>
    public void CloseWindow() => _process.Kill(entireProcessTree: false);

    /// <summary>Closes its input and waits for its end.</summary>
    public async Task<ShellResult> EndAsync()
    {
        _process.StandardInput.Close();
        var output = _process.StandardOutput.ReadToEndAsync(_limit.Token);
        var error = _process.StandardError.ReadToEndAsync(_limit.Token);
        await _process.WaitForExitAsync(_limit.Token);
        return new ShellResult(_process.ExitCode, _read + await output, await error);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit(Limit);
        }

        _process.Dispose();
        _limit.Dispose();
    }
}

/// <summary>What a process of the shell left.</summary>
internal sealed record ShellResult(int ExitCode, string Output, string Error)
{
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
