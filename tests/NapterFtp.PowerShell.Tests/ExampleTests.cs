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

    [Fact]
    public async Task The_proxy_for_services_runs_until_it_is_told_to_end()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such signal to send.");
        using var shell = ShellProcess.Start(
            Path.Join(Repository.Root, "examples", "RunProxy.ps1"), "-Simulator", "-Port", "0", "-PassivePortRange", "0", "-PassiveAddress", "127.0.0.1");
        await shell.ReadToLineAsync("The proxy to 001010000000001 listens on 127.0.0.1:");
        await shell.SignalAsync("TERM");
        var result = await shell.EndAsync();
        Assert.Equal(143, result.ExitCode);
    }

    [Fact]
    public async Task The_proxy_for_services_ends_with_an_error_where_it_cannot_start()
    {
        var result = await ShellProcess.RunAsync(
            Path.Join(Repository.Root, "examples", "RunProxy.ps1"), "-Simulator", "-Port", "0", "-ListenAddress", "203.0.113.1");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("The proxy cannot run: ", result.Output, StringComparison.Ordinal);
    }
}
