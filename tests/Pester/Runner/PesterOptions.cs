using System.Globalization;
using System.IO.Enumeration;
using Microsoft.Testing.Platform.CommandLine;
using Microsoft.Testing.Platform.Extensions;
using Microsoft.Testing.Platform.Extensions.CommandLine;

namespace NapterFtp.Pester;

/// <summary>The options of this program beside those that every test program has.</summary>
internal sealed class PesterOptions : ICommandLineOptionsProvider
{
    public const string File = "filter-file";
    public const string Name = "filter-name";
    public const string Folder = "test-folder";
    public const string TimeLimit = "test-time-limit";

    public string Uid => nameof(PesterOptions);

    public string Version => "1.0";

    public string DisplayName => "Pester";

    public string Description => "Which of Pester's tests to run";

    public Task<bool> IsEnabledAsync() => Task.FromResult(true);

    public IReadOnlyCollection<CommandLineOption> GetCommandLineOptions() =>
    [
        new(File, "Runs the tests of files with these names only, without .Tests.ps1; '*' and '?' are wildcards.", ArgumentArity.OneOrMore, isHidden: false),
        new(Name, "Runs tests with these names only, as --list-tests shows them; '*', '?' and '[]' are wildcards.", ArgumentArity.OneOrMore, isHidden: false),
        new(Folder, "Runs the tests of another folder.", ArgumentArity.ExactlyOne, isHidden: false),
        new(TimeLimit, "How many seconds one test may take before PowerShell is ended; 120 by default.", ArgumentArity.ExactlyOne, isHidden: false),
    ];

    public Task<ValidationResult> ValidateOptionArgumentsAsync(CommandLineOption commandOption, string[] arguments) =>
        commandOption.Name == TimeLimit && !(Seconds(arguments[0]) > 0)
            ? ValidationResult.InvalidTask($"--{TimeLimit} takes a number of seconds above zero, not '{arguments[0]}'.")
            : commandOption.Name == Folder && !Directory.Exists(arguments[0])
                ? ValidationResult.InvalidTask($"--{Folder}: there is no folder '{arguments[0]}'.")
                : ValidationResult.ValidTask;

    public Task<ValidationResult> ValidateCommandLineOptionsAsync(ICommandLineOptions commandLineOptions) => ValidationResult.ValidTask;

    public static double? Seconds(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds < int.MaxValue / 1000 ? seconds : null;
}

/// <summary>What the options say.</summary>
/// <param name="Files">The test files, in the order of their names.</param>
/// <param name="Names">Wildcards for the tests' names, or none for all.</param>
/// <param name="TimeLimit">For one test.</param>
internal sealed record PesterChoice(IReadOnlyList<string> Files, IReadOnlyList<string> Names, TimeSpan TimeLimit)
{
    private const string Extension = ".Tests.ps1";
    private static readonly TimeSpan DefaultTimeLimit = TimeSpan.FromMinutes(2);

    public static PesterChoice From(ICommandLineOptions options)
    {
        var folder = Path.GetFullPath(Values(options, PesterOptions.Folder) is [var other] ? other : Installation.TestFolder);
        var patterns = Values(options, PesterOptions.File);
        var files = Directory.GetFiles(folder, "*" + Extension)
            .Where(file => patterns.Length == 0 || patterns.Any(pattern =>
                FileSystemName.MatchesSimpleExpression(pattern, Path.GetFileName(file.AsSpan())[..^Extension.Length])
                || FileSystemName.MatchesSimpleExpression(pattern, Path.GetFileName(file))))
            .Order(StringComparer.Ordinal);
        var limit = Values(options, PesterOptions.TimeLimit) is [var text] ? TimeSpan.FromSeconds(PesterOptions.Seconds(text)!.Value) : DefaultTimeLimit;
        return new PesterChoice([.. files], Values(options, PesterOptions.Name), limit);
    }

    private static string[] Values(ICommandLineOptions options, string name) =>
        options.TryGetOptionArgumentList(name, out var values) ? values : [];
}
