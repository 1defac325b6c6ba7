using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using NapterFtp.Shell.Commands;
using NapterFtp.Shell.Hosting;

namespace NapterFtp.Shell;

/// <summary>One runspace with the engine's own cmdlets and the shell's few, and the ways to run something in it.</summary>
internal sealed class ShellSession : IDisposable
{
    private const int ErrorExitCode = 1;
    private const int InterruptedExitCode = 130;

    private readonly ShellHost _host = new();
    private readonly Runspace _runspace;
    private PowerShell? _running;
    private volatile bool _interrupted;

    public ShellSession()
    {
        _runspace = RunspaceFactory.CreateRunspace(_host, ShellCommands.CreateSessionState());
        _runspace.Open();
        Runspace.DefaultRunspace = _runspace;
        Console.CancelKeyPress += OnCancelKeyPress;
    }

    /// <summary>Runs a script file and returns its exit code.</summary>
    public int RunScript(string path, IReadOnlyList<string> arguments)
    {
        var fullPath = Path.GetFullPath(path);
        if (!File.Exists(fullPath))
        {
            _host.UI.WriteErrorLine($"There is no script '{path}'.");
            return ErrorExitCode;
        }

        var script = Parser.ParseFile(fullPath, out _, out var errors);
        if (errors.Length > 0)
        {
            foreach (var error in errors)
            {
                _host.UI.WriteErrorLine($"{error.Extent.File}:{error.Extent.StartLineNumber}: {error.Message}");
            }

            return ErrorExitCode;
        }

        // As a script block, not as a command, so that its exit reaches the host with its code.
        var (named, positional) = ScriptArguments.Bind(script, arguments);
        return Run(shell => shell
            .AddScript("param($script, $named, $positional) & $script @named @positional")
            .AddArgument(script.GetScriptBlock())
            .AddArgument(named)
            .AddArgument(positional));
    }

    /// <summary>Runs text and returns its exit code.</summary>
    public int RunCommand(string command) => Run(shell => shell.AddScript(command));

    /// <summary>Reads commands from the console until it ends or one of them exits.</summary>
    public int RunPrompt()
    {
        while (_host.ExitCode is null && ReadCommand() is { } command)
        {
            Run(shell => shell.AddScript(command), addToHistory: true);
        }

        return _host.ExitCode ?? 0;
    }

    public void Dispose()
    {
        Console.CancelKeyPress -= OnCancelKeyPress;
        _runspace.Dispose();
    }

    private int Run(Action<PowerShell> compose, bool addToHistory = false)
    {
        using var shell = PowerShell.Create(_runspace);
        compose(shell);
        AddOutput(shell);
        _interrupted = false;
        _running = shell;
        try
        {
            shell.Invoke(null, new PSInvocationSettings { AddToHistory = addToHistory });
            return _host.ExitCode ?? (_interrupted ? InterruptedExitCode : 0);
        }
        catch (PipelineStoppedException)
        {
            return _host.ExitCode ?? InterruptedExitCode;
        }
        catch (RuntimeException e)
        {
            Show(e.ErrorRecord);
            return _host.ExitCode ?? ErrorExitCode;
        }
        finally
        {
            _running = null;
        }
    }

    private void Show(ErrorRecord error)
    {
        using var shell = PowerShell.Create(_runspace);
        shell.AddCommand("Out-Default").AddParameter("InputObject", ErrorStream.Mark(error));
        shell.Invoke();
    }

    /// <summary>Errors are shown in their place among the output, not gathered for the caller.</summary>
    private static void AddOutput(PowerShell shell) => shell.Commands.AddCommand(new Command("Out-Default")
    {
        MergeUnclaimedPreviousCommandResults = PipelineResultTypes.Error | PipelineResultTypes.Output,
    });

    /// <summary>Reads one command, over several lines where the first leaves a bracket or quote open.</summary>
    private string? ReadCommand()
    {
        _host.UI.Write(Prompt());
        var text = Console.ReadLine();
        while (text is not null)
        {
            Parser.ParseInput(text, out _, out var errors);
            if (!errors.Any(error => error.IncompleteInput))
            {
                break;
            }

            _host.UI.Write(">> ");
            var next = Console.ReadLine();
            text = next is null ? null : text + Environment.NewLine + next;
        }

        return text;
    }

    private string Prompt()
    {
        using var shell = PowerShell.Create(_runspace);
        return shell.AddCommand("prompt").Invoke<string>().FirstOrDefault() ?? "PS> ";
    }

    private void OnCancelKeyPress(object? sender, ConsoleCancelEventArgs e)
    {
        if (_running is { } shell)
        {
            e.Cancel = true;
            _interrupted = true;
            shell.BeginStop(null, null);
        }
    }
}
