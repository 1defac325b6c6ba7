using System.Text.RegularExpressions;
using Microsoft.Extensions.Time.Testing;
using NapterFtp.Pester;
using NapterFtp.Testing;

namespace NapterFtp.PowerShell.Tests;

/// <summary>How <c>dotnet test</c> runs the tests in tests/Pester.</summary>
public sealed partial class PesterRunTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Each_test_row_block_and_file_that_fails_is_told_as_such_and_the_rest_runs()
    {
        await WriteAsync(
            "Broken",
            """
            throw 'no discovery'
            """);
        await WriteAsync(
            "Mixed",
            """
            Describe 'mixed' {
                It 'passes' { Write-Host 'What it writes is no line of the report.'; 1 | Should -Be 1 }
                It 'fails' { 1 | Should -Be 2 }
                It 'is marked' -Skip { }
                It 'is skipped for <_>' -ForEach 'one', 'two' { if ($_ -eq 'two') { Set-ItResult -Skipped -Because 'of two' } }
                Context 'a block with <Name>' -ForEach @{ Name = 'A' }, @{ Name = 'B' } {
                    BeforeAll { if ($Name -eq 'B') { throw 'no setup' } }
                    It 'knows <Name>' { $Name | Should -Be A }
                }
                Context 'a teardown' {
                    AfterAll { throw 'no teardown' }
                    It 'runs' { }
                }
            }
            """);

        var run = await RunProgramAsync();

        var output = run.Output;
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("total: 11", output, StringComparison.Ordinal);
        Assert.Contains("succeeded: 4", output, StringComparison.Ordinal);
        Assert.Equal(
            [
                "failed Broken.Tests.ps1 (itself): no discovery",
                "failed Mixed.Tests.ps1: mixed > a block with B (itself): no setup",
                "failed Mixed.Tests.ps1: mixed > a block with B > knows B: It was not run: see the failure of its block or file.",
                "failed Mixed.Tests.ps1: mixed > a teardown (itself): no teardown",
                "failed Mixed.Tests.ps1: mixed > fails: Expected 2, but got 1.",
                "skipped Mixed.Tests.ps1: mixed > is marked: It is marked -Skip.",
                "skipped Mixed.Tests.ps1: mixed > is skipped for two: of two",
            ],
            Ends(output));
        Assert.Contains($"at It 'fails' {{ 1 | Should -Be 2 }}, {_folder.File("Mixed.Tests.ps1")}: line 3", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_test_is_chosen_by_file_name_or_id_and_one_marked_skip_stays_skipped()
    {
        await WriteAsync("One", "Describe 'one' { It 'row [<_>]' -ForEach 1, 2, 3 { }; It 'is marked' -Skip { }; It 'other' { throw } }");
        await WriteAsync("Two", "Describe 'two' { It 'row [<_>]' -ForEach 1, 2, 3 { } }");

        var found = await ToListAsync(new PesterRequest(Files(), ["*row*[23]*", "*marked"], [], List: true));
        Assert.Equal(
            [
                "One.Tests.ps1: one > row [2]", "One.Tests.ps1: one > row [3]", "One.Tests.ps1: one > is marked",
                "Two.Tests.ps1: two > row [2]", "Two.Tests.ps1: two > row [3]",
            ],
            found.Select(test => test.Title));

        var run = await ToListAsync(new PesterRequest(Files(), [], [found[1].Id, found[2].Id], List: false));
        Assert.Equal(
            [(found[1].Id, PesterResult.Passed), (found[2].Id, PesterResult.Skipped)],
            run.Where(told => told.Kind == PesterEventKind.Ended).Select(told => (told.Id, told.Result)));
    }

    [Fact]
    public async Task The_test_in_which_PowerShell_ends_has_failed_even_with_exit_code_zero()
    {
        await WriteAsync("Dies", "Describe 'dies' { It 'first' { }; It 'here' { Write-Host 'last words'; [Environment]::Exit(0) }; It 'after' { } }");

        var told = await ToListAsync(new PesterRequest(Files(), [], [], List: false));

        Assert.Equal((PesterEventKind.Broken, "Dies.Tests.ps1: dies > here"), (told[^1].Kind, told[^1].Title));
        Assert.Contains("ended with exit code 0", told[^1].Message, StringComparison.Ordinal);
        Assert.Contains("last words", told[^1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_test_that_takes_longer_than_the_limit_has_failed_and_PowerShell_is_killed()
    {
        await WriteAsync("Stalls", "Describe 'stalls' { It 'here' { [Threading.Thread]::Sleep(-1) } }");

        var time = new FakeTimeProvider();
        PesterEvent? last = null;
        await using var told = new PesterRun(Limit, time)
            .RunAsync(new PesterRequest(Files(), [], [], List: false), TestContext.Current.CancellationToken)
            .GetAsyncEnumerator(TestContext.Current.CancellationToken);
        do
        {
            var next = told.MoveNextAsync();
            time.Advance(last?.Kind == PesterEventKind.Started ? Limit : TimeSpan.Zero);
            last = await next ? told.Current : null;
        }
        while (last?.Kind == PesterEventKind.Started);

        Assert.Equal((PesterEventKind.Broken, "Stalls.Tests.ps1: stalls > here"), (last!.Kind, last.Title));
        Assert.Contains("longer than 120 seconds", last.Message, StringComparison.Ordinal);
    }

    private Task WriteAsync(string name, string text) => File.WriteAllTextAsync(_folder.File(name + ".Tests.ps1"), text, TestContext.Current.CancellationToken);

    private string[] Files() => [.. Directory.GetFiles(_folder.Path).Order(StringComparer.Ordinal)];

    private static async Task<List<PesterEvent>> ToListAsync(PesterRequest request)
    {
        var all = new List<PesterEvent>();
        await foreach (var told in new PesterRun(Limit, TimeProvider.System).RunAsync(request, TestContext.Current.CancellationToken))
        {
            all.Add(told);
        }

        return all;
    }

    private Task<ProcessResult> RunProgramAsync() => ProcessRunner.RunAsync(
        new ProcessCommand("dotnet", ["exec", typeof(PesterRun).Assembly.Location, "--test-folder", _folder.Path, "--no-ansi", "--progress", "off"]),
        Limit,
        TestContext.Current.CancellationToken);

    /// <summary>Each test that did not pass, with the first line of its message.</summary>
    private static IEnumerable<string> Ends(string output) =>
        End().Matches(output).Select(match => $"{match.Groups[1].Value}: {match.Groups[2].Value.Trim()}").Order(StringComparer.Ordinal);

    [GeneratedRegex(@"^((?:failed|skipped) .*?)(?: \(\d[^()]*\))?\r?\n(.*)$", RegexOptions.Multiline)]
    private static partial Regex End();
}
