using System.Text.Json;
using System.Text.Json.Serialization;

namespace NapterFtp.Pester;

/// <summary>What is asked of Pester.</summary>
/// <param name="Files">The test files.</param>
/// <param name="Names">Wildcards for the tests' names, or none for all.</param>
/// <param name="Ids">The tests' ids, or none for all.</param>
/// <param name="List">Whether the tests are listed only.</param>
internal sealed record PesterRequest(IReadOnlyList<string> Files, IReadOnlyList<string> Names, IReadOnlyList<string> Ids, bool List)
{
    /// <summary>So many files are worth a second process: Pester runs one test at a time, and most of them wait.</summary>
    private const int ManyFiles = 10;

    /// <summary>The same in parts for processes of their own, of much the same length each.</summary>
    public IEnumerable<PesterRequest> Split() => List || Names.Count > 0 || Ids.Count > 0 || Files.Count < ManyFiles
        ? [this]
        : Files.OrderByDescending(file => new FileInfo(file).Length).Index().GroupBy(file => file.Index % 2, file => file.Item)
            .Select(part => this with { Files = [.. part.Order(StringComparer.Ordinal)] });
}

/// <summary>What Pester tells.</summary>
/// <param name="Kind">What has happened.</param>
/// <param name="Id">The test's, the same in each run.</param>
/// <param name="Title">The file, the blocks and the test, for people.</param>
/// <param name="File">Where the test is.</param>
/// <param name="Line">The line in the file, from 1.</param>
/// <param name="Result">How the test ended.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Message">Why it failed or was skipped.</param>
/// <param name="Stack">PowerShell's stack of the failure.</param>
internal sealed record PesterEvent(
    PesterEventKind Kind,
    string Id = "",
    string Title = "",
    string? File = null,
    int Line = 0,
    PesterResult Result = PesterResult.Failed,
    double Seconds = 0,
    string? Message = null,
    string? Stack = null)
{
    private static readonly JsonSerializerOptions Options = new() { Converters = { new JsonStringEnumConverter() } };

    public static PesterEvent Parse(string line) => JsonSerializer.Deserialize<PesterEvent>(line, Options)!;
}

internal enum PesterEventKind
{
    /// <summary>There is such a test.</summary>
    Found,

    /// <summary>The test has begun.</summary>
    Started,

    /// <summary>The test has ended.</summary>
    Ended,

    /// <summary>Something that is no test failed: a file, a block, PowerShell itself.</summary>
    Broken,

    /// <summary>The run is complete.</summary>
    Finished,
}

internal enum PesterResult
{
    Passed,
    Failed,
    Skipped,
}
