namespace NapterFtp.Shell;

/// <summary>What the command line asks for: a script with its arguments, a command, or a prompt.</summary>
internal sealed record ShellArguments
{
    /// <summary>The script to run, or null.</summary>
    public string? ScriptPath { get; private init; }

    /// <summary>The text to run, or null.</summary>
    public string? Command { get; private init; }

    /// <summary>What follows the script's name.</summary>
    public IReadOnlyList<string> ScriptArguments { get; private init; } = [];

    public bool ShowHelp { get; private init; }

    /// <summary>Reads the command line; <c>-File</c> may stand before the script as pwsh has it, and
    /// <c>-NoProfile</c> and its like, which mean nothing here, are accepted.</summary>
    public static ShellArguments Parse(IReadOnlyList<string> args)
    {
        var index = 0;
        while (index < args.Count && IsIgnored(args[index]))
        {
            index++;
        }

        if (index == args.Count)
        {
            return new ShellArguments();
        }

        var rest = args.Skip(index + 1).ToArray();
        return args[index].ToLowerInvariant() switch
        {
            "-h" or "-?" or "-help" or "--help" => new ShellArguments { ShowHelp = true },
            "-c" or "-command" => new ShellArguments { Command = string.Join(' ', rest) },
            "-f" or "-file" => rest is [var file, ..]
                ? new ShellArguments { ScriptPath = file, ScriptArguments = rest[1..] }
                : new ShellArguments { ShowHelp = true },
            _ => new ShellArguments { ScriptPath = args[index], ScriptArguments = rest },
        };
    }

    private static bool IsIgnored(string argument) =>
        argument.Equals("-NoProfile", StringComparison.OrdinalIgnoreCase)
        || argument.Equals("-NoLogo", StringComparison.OrdinalIgnoreCase)
        || argument.Equals("-NonInteractive", StringComparison.OrdinalIgnoreCase);
}
