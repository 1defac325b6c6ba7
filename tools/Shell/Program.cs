using NapterFtp.Shell;

const string Usage = """
    usage: dotnet run --project tools/Shell -- script.ps1 [arguments]   runs a script
           dotnet run --project tools/Shell -- -Command text            runs a command
           dotnet run --project tools/Shell                             prompts for commands

    The exit code is the script's own (exit N), or 1 where it ended with an error.
    """;

var arguments = ShellArguments.Parse(args);
if (arguments.ShowHelp)
{
    Console.WriteLine(Usage);
    return 0;
}

using var session = new ShellSession();
return arguments switch
{
    { ScriptPath: { } path } => session.RunScript(path, arguments.ScriptArguments),
    { Command: { } command } => session.RunCommand(command),
    _ => session.RunPrompt(),
};
