using System.Globalization;

namespace NapterFtp.Testing;

/// <summary>How a program ended.</summary>
/// <param name="Command">What was run.</param>
/// <param name="ExitCode">Its exit code; null where it was killed at its time limit.</param>
/// <param name="Output">What it wrote to standard output, read as UTF-8.</param>
/// <param name="Error">What it wrote to standard error.</param>
/// <param name="Duration">How long it ran.</param>
public sealed record ProcessResult(ProcessCommand Command, int? ExitCode, string Output, string Error, TimeSpan Duration)
{
    public bool TimedOut => ExitCode is null;

    public bool Succeeded => ExitCode == 0;

    /// <summary>All there is to know, for a failed test's message.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Command.FileName} {string.Join(' ', Command.Arguments)}: {(TimedOut ? "killed at its time limit" : $"exit code {ExitCode}")} after {Duration.TotalSeconds:F1} s\n{Output}\n{Error}");
}
