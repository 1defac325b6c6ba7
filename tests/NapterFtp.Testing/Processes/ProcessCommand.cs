namespace NapterFtp.Testing;

/// <summary>A program to run.</summary>
/// <param name="FileName">Its path, or a name to look for in PATH.</param>
/// <param name="Arguments">Its arguments, not quoted.</param>
public sealed record ProcessCommand(string FileName, params IReadOnlyList<string> Arguments)
{
    /// <summary>What it reads from standard input, in UTF-8.</summary>
    public string StandardInput { get; init; } = "";

    public string? WorkingDirectory { get; init; }

    /// <summary>Variables added to this process's own.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}
