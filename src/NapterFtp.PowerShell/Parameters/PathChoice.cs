namespace NapterFtp.PowerShell.Parameters;

/// <summary>Which of -Path and -LiteralPath counts. They are not parameter sets: what the pipeline's objects bind by name decides for
/// each record, and the engine looks into one set only once it has bound anything of an object. What is typed goes before that.</summary>
internal sealed class PathChoice
{
    private bool _pathTyped;
    private bool _literalTyped;

    /// <summary>Before the first record: notes what was typed.</summary>
    /// <exception cref="NapterFtpException"><c>PathChosenTwice</c>.</exception>
    public void Begin(string[]? path, string[]? literal)
    {
        _pathTyped = path is not null;
        _literalTyped = literal is not null;
        if (_pathTyped && _literalTyped)
        {
            throw new NapterFtpException(
                "PathChosenTwice", NapterFtpErrorKind.InvalidArgument, "Both -Path and -LiteralPath are given.", "Give only one of them.", path![0]);
        }
    }

    /// <summary>Whether the literal path came from an object of the pipeline.</summary>
    public bool IsPiped(bool isLiteral) => isLiteral && !_literalTyped;

    /// <summary>The paths of this record, and whether they are literal.</summary>
    /// <exception cref="NapterFtpException"><c>PathMissing</c>.</exception>
    public (string[] Paths, bool IsLiteral) Of(string[]? path, string[]? literal, string[]? otherwise = null) =>
        literal is not null && !_pathTyped ? (literal, true)
            : path is not null ? (path, false)
            : otherwise is not null ? (otherwise, false)
            : throw new NapterFtpException(
                "PathMissing",
                NapterFtpErrorKind.InvalidArgument,
                "No path is given.",
                "Give -Path, or pipe in objects that have one, such as those of Get-NapterFtpItem.");
}
