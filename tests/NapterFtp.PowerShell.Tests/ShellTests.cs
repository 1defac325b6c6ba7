namespace NapterFtp.PowerShell.Tests;

public sealed class ShellTests : IDisposable
{
    private readonly string _script = Path.Join(Path.GetTempPath(), Path.GetRandomFileName() + ".ps1");

    public void Dispose() => File.Delete(_script);

    [Fact]
    public async Task A_scripts_exit_code_is_the_shells()
    {
        var result = await RunAsync("'before'; exit 7; 'after'");
        Assert.Equal(7, result.ExitCode);
        Assert.Equal(["before"], result.Lines);
    }

    [Fact]
    public async Task A_terminating_error_is_shown_on_standard_error_and_exits_with_1()
    {
        var result = await RunAsync("'before'; throw 'broken'");
        Assert.Equal(1, result.ExitCode);
        Assert.Equal(["before"], result.Lines);
        Assert.Contains("broken", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_non_terminating_error_is_shown_on_standard_error_and_the_script_goes_on()
    {
        var result = await RunAsync("Write-Error 'odd'; 'after'");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(["after"], result.Lines);
        Assert.Contains("odd", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Script_arguments_bind_by_name_switch_and_position()
    {
        var result = await RunAsync(
            "param([string] $Name, [switch] $Flag, [switch] $Other, [int] $Count) \"$Name|$Flag|$Other|$Count|$args|$PSScriptRoot\"",
            "-Name", "a b", "-Flag", "-Other:$false", "3");
        Assert.Equal([$"a b|True|False|3||{Path.GetDirectoryName(_script)}"], result.Lines);
    }

    [Fact]
    public async Task A_syntax_error_names_its_line()
    {
        var result = await RunAsync("1\nif (");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(".ps1:2:", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Standard_output_holds_results_and_information_without_colours_and_nothing_else()
    {
        var result = await RunAsync(
            """
            Write-Host 'host' -ForegroundColor Red
            Write-Warning 'warning'
            Write-Verbose 'verbose' -Verbose
            Write-Information 'information' -InformationAction Continue
            [pscustomobject]@{ Name = 'a'; Size = 1 } | Format-Table
            """);
        Assert.Equal(["host", "information", "Name Size", "---- ----", "a       1"], result.Lines);
        Assert.Contains("WARNING: warning", result.Error, StringComparison.Ordinal);
        Assert.Contains("VERBOSE: verbose", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_prompt_runs_commands_over_several_lines_until_one_exits()
    {
        var result = await ShellProcess.RunWithInputAsync("function f {\n 'in' + 'side' }\nf\nexit 3\n'after'\n");
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("inside", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("after", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_is_read_from_redirected_input()
    {
        var result = await ShellProcess.RunWithInputAsync(
            "hidden\n", "-Command", "[pscredential]::new('u', (Read-Host 'Secret' -AsSecureString)).GetNetworkCredential().Password");
        Assert.Contains("Secret: hidden", result.Output, StringComparison.Ordinal);
    }

    /// <summary>In one process, for each takes its time to start.</summary>
    [Fact]
    public async Task The_commands_it_supplies_do_what_PowerShells_do()
    {
        (string Command, string Expected)[] cases =
        [
            ("(3, 1, 2 | Sort-Object -Descending) -join ','", "3,2,1"),
            ("('b', 'A', 'c' | Sort-Object { $_ }) -join ','", "A,b,c"),
            ("(1, 2, 2, 3 | Select-Object -Unique -First 3) -join ','", "1,2"),
            ("(1..4 | Select-Object -Skip 1 -Last 2) -join ','", "3,4"),
            ("(1, 2 | Select-Object @{ Name = 'Twice'; Expression = { $_ * 2 } }).Twice -join ','", "2,4"),
            ("$m = 1..4 | Measure-Object -Sum -Average -Maximum -Minimum; $m.Sum, $m.Average, $m.Maximum, $m.Minimum -join ','", "10,2.5,4,1"),
            ("Test-Path ./nowhere", "False"),
            ("$d = Join-Path ([IO.Path]::GetTempPath()) ([guid]::NewGuid()); $f = Join-Path $d 'f'; (New-Item $d -ItemType Directory).Name -eq (Split-Path $d -Leaf)", "True"),
            ("'x' | Set-Content $f; (Get-FileHash $f).Hash.Length, (Get-ChildItem $d -File).Name, @(Get-ChildItem $d -Directory).Count, (Get-Content $f) -join ','", "64,f,0,x"),
            ("Remove-Item $d -Recurse; Test-Path $d", "False"),
        ];
        var result = await RunAsync(string.Join('\n', cases.Select(test => test.Command)));
        Assert.Equal(string.Empty, result.Error);
        Assert.Equal(cases.Select(test => test.Expected), result.Lines);
    }

    [Fact]
    public async Task A_table_of_comma_separated_values_comes_back_as_it_was_written()
    {
        var result = await RunAsync(
            """
            $file = $PSCommandPath + '.csv'
            [pscustomobject]@{ Name = 'a "b", c'; Size = 1 }, [pscustomobject]@{ Name = ''; Size = 2 } | Export-Csv $file
            Import-Csv $file | ForEach-Object { "$($_.Name)|$($_.Size)" }
            Remove-Item $file
            """);
        Assert.Equal(["a \"b\", c|1", "|2"], result.Lines);
    }

    private async Task<ShellResult> RunAsync(string script, params string[] arguments)
    {
        await File.WriteAllTextAsync(_script, script);
        return await ShellProcess.RunAsync([_script, .. arguments]);
    }
}
