using System.Reflection;

namespace NapterFtp.Pester;

/// <summary>Where the build has put what the tests need.</summary>
internal static class Installation
{
    /// <summary>Names another PowerShell to run the tests with than the project's own shell.</summary>
    public const string PowerShellVariable = "NAPTERFTP_TEST_PWSH";

    public static string TestFolder { get; } = Metadata("TestFolder");

    public static string PesterPath { get; } = Metadata("PesterPath");

    public static string RunScript { get; } = Path.Join(TestFolder, "Runner", "Invoke-Run.ps1");

    /// <summary>The program that is PowerShell, and its first arguments.</summary>
    public static (string Program, string[] Arguments) PowerShell() =>
        Environment.GetEnvironmentVariable(PowerShellVariable) is { Length: > 0 } other ? (other, []) : ("dotnet", ["exec", Metadata("ShellPath")]);

    private static string Metadata(string key) =>
        typeof(Installation).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == key).Value!;
}
