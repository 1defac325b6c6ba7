namespace NapterFtp.Benchmarks.Measure;

/// <summary>Prints tables as they are done, and keeps them for the end.</summary>
/// <param name="imageFolder">Where plots go; null for nowhere.</param>
internal sealed class Report(string? imageFolder)
{
    private readonly List<string> _tables = [];

    /// <summary>Says on standard error what is going on.</summary>
    public static void Progress(FormattableString text) => Console.Error.WriteLine(FormattableString.Invariant(text));

    public void Add(string title, Table table)
    {
        _tables.Add($"## {title}\n\n{table}");
        Console.WriteLine(_tables[^1]);
    }

    public void Add(SvgPlot plot, string file)
    {
        if (imageFolder is not null)
        {
            plot.Save(Path.Combine(imageFolder, file));
        }
    }

    /// <summary>All tables as one Markdown document.</summary>
    public override string ToString() => string.Join('\n', _tables);
}
