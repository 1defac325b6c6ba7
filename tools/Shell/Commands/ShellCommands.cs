using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using System.Reflection;

namespace NapterFtp.Shell.Commands;

/// <summary>The cmdlets that the engine's package leaves to PowerShell's own modules and that scripts can hardly do without:
/// those that need the pipeline's insides as classes, the others as functions in Commands.ps1.</summary>
internal static class ShellCommands
{
    /// <summary>The engine's own commands and these.</summary>
    public static InitialSessionState CreateSessionState()
    {
        var state = InitialSessionState.CreateDefault2();
        foreach (var type in typeof(ShellCommands).Assembly.GetTypes())
        {
            if (type.GetCustomAttribute<CmdletAttribute>() is { } cmdlet)
            {
                state.Commands.Add(new SessionStateCmdletEntry($"{cmdlet.VerbName}-{cmdlet.NounName}", type, null));
            }
        }

        foreach (var function in ReadFunctions())
        {
            state.Commands.Add(new SessionStateFunctionEntry(function.Name, function.Body.Extent.Text[1..^1]));
        }

        if (OperatingSystem.IsWindows())
        {
            state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Bypass;
        }

        return state;
    }

    private static IEnumerable<FunctionDefinitionAst> ReadFunctions()
    {
        using var stream = typeof(ShellCommands).Assembly.GetManifestResourceStream("Commands.ps1")!;
        using var reader = new StreamReader(stream);
        return Parser.ParseInput(reader.ReadToEnd(), out _, out _)
            .EndBlock.Statements
            .OfType<FunctionDefinitionAst>();
    }
}
