namespace NapterFtp.PowerShell.Tests;

/// <summary>What the shell adds to PowerShell: what lies beside it, and what it leaves out.</summary>
public sealed class ShellTests
{
    [Fact]
    public async Task The_module_is_found_by_its_name()
    {
        var result = await RunAsync(
            """
            $simulator = Start-NapterSimulator
            $module = Get-Module NapterFtp
            $module.ModuleBase -eq (Join-Path $PSHOME 'Modules/NapterFtp')
            (Get-Help Get-NapterPort).Synopsis
            """);
        Assert.Equal(["True", MamlHelp.All["Get-NapterPort"].Synopsis], result.Lines);
    }

    [Fact]
    public async Task PowerShells_own_modules_are_there()
    {
        var result = await RunAsync("(Get-Module -ListAvailable | Where-Object Path -Like \"$PSHOME*\").Name | Sort-Object");
        string[] expected =
        [
            "Microsoft.PowerShell.Archive", "Microsoft.PowerShell.Host", "Microsoft.PowerShell.Management", "Microsoft.PowerShell.PSResourceGet",
            "Microsoft.PowerShell.Security", "Microsoft.PowerShell.ThreadJob", "Microsoft.PowerShell.Utility", "PSReadLine",
        ];
        Assert.Empty(expected.Except(result.Lines));
    }

    [Fact]
    public async Task Jobs_and_pwsh_run_in_the_same_shell()
    {
        var result = await RunAsync("Start-Job { $PSHOME } | Receive-Job -Wait -AutoRemoveJob; pwsh -NoProfile -Command '$PSHOME'; $PSHOME");
        Assert.Equal(3, result.Lines.Length);
        Assert.Single(result.Lines.Distinct());
    }

    [Fact]
    public async Task CSharp_compiles()
    {
        var result = await RunAsync("Add-Type 'public static class Answer { public static int Get() => 42; }'; [Answer]::Get()");
        Assert.Equal(["42"], result.Lines);
    }

    [Fact]
    public async Task PowerShell_reports_nothing_about_its_use_and_has_no_check_for_updates()
    {
        var result = await RunAsync(
            """
            [Microsoft.PowerShell.Telemetry.ApplicationInsightsTelemetry]::CanSendTelemetry
            [Microsoft.PowerShell.UnmanagedPSEntry].Assembly.GetTypes().Name -like 'Update*'
            """);
        Assert.Equal(["False"], result.Lines);
    }

    [Fact]
    public async Task What_goes_to_a_file_or_a_pipe_is_UTF8_on_every_system()
    {
        var result = await ShellProcess.RunAsync("-Command", "'\u65e5\u672c'; Write-Host '\u9055\u8853'; [Console]::Error.WriteLine('\u8a66')");
        Assert.Equal(["\u65e5\u672c", "\u9055\u8853"], result.Lines);
        Assert.Equal("\u8a66", result.Error.Trim());
    }

    private static async Task<ShellResult> RunAsync(string command)
    {
        var result = await ShellProcess.RunAsync("-Command", command);
        Assert.Equal(string.Empty, result.Error);
        return result;
    }
}
