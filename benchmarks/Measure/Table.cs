using System.Globalization;
using System.Text;

namespace NapterFtp.Benchmarks.Measure;

/// <summary>A table in Markdown, its columns filled up so that it reads well in a console too.</summary>
internal sealed class Table(params string[] columns)
{
    private readonly List<string[]> _rows = [columns];

    /// <summary>Adds a row; the columns that it has no cells for stay empty.</summary>
    public void Add(params object[] cells) =>
        _rows.Add([.. cells.Select(cell => Convert.ToString(cell, CultureInfo.InvariantCulture) ?? ""), .. Enumerable.Repeat("", columns.Length - cells.Length)]);

    public override string ToString()
    {
        var widths = Enumerable.Range(0, columns.Length).Select(column => _rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        for (var row = 0; row < _rows.Count; row++)
        {
            text.Append("| ").AppendJoin(" | ", _rows[row].Select((cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).AppendLine(" |");
            if (row == 0)
            {
                text.Append('|').AppendJoin("|", widths.Select((width, column) => column == 0 ? new string('-', width + 2) : new string('-', width + 1) + ':')).AppendLine("|");
            }
        }

        return text.ToString();
    }
}
