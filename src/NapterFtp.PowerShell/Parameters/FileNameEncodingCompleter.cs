using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>Completes encodings that devices' file names are often in.</summary>
public sealed class FileNameEncodingCompleter : IArgumentCompleter
{
    private static readonly (string Name, string Description)[] Encodings =
    [
        ("utf-8", "UTF-8, the default"),
        ("shift_jis", "Japanese (Shift_JIS)"),
        ("euc-jp", "Japanese (EUC)"),
        ("gb18030", "Chinese (GB18030)"),
        ("big5", "Chinese (Big5)"),
        ("euc-kr", "Korean (EUC)"),
        ("iso-8859-1", "Western European (Latin 1)"),
        ("windows-1252", "Western European (Windows)"),
    ];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        NameCompletion.Complete(wordToComplete, Encodings);
}
