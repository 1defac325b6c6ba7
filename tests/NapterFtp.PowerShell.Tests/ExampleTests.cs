namespace NapterFtp.PowerShell.Tests;

public sealed class ExampleTests
{
    [Fact]
    public async Task The_first_pull_works_in_the_shell_with_nothing_but_dotnet()
    {
        var result = await ShellProcess.RunAsync(Path.Join(Repository.Root, "examples", "FirstPull.ps1"));
        Assert.Equal(string.Empty, result.Error);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("RETR log/2024-04-01.csv", result.Output, StringComparison.Ordinal);
        Assert.Equal("No port is open any more.", result.Lines[^1]);
    }
}
