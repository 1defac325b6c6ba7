using System.Globalization;
using System.Text;

namespace NapterFtp.Benchmarks.Measure;

/// <summary>A line plot as an SVG file: logarithmic to the right, linear upwards from zero, readable on white and on black.</summary>
internal sealed class SvgPlot(string title, string across, string up)
{
    private const int Width = 640;
    private const int Height = 360;
    private const int Left = 70;
    private const int Right = 20;
    private const int Top = 50;
    private const int Bottom = 50;

    private static readonly string[] s_colours = ["#1f77b4", "#d95f02", "#2ca02c", "#9467bd"];

    private static readonly int[] s_steps = [1, 2, 4, 8, 10];

    private readonly List<(string Name, (double X, double Y)[] Points)> _lines = [];

    public void Add(string name, IEnumerable<(double X, double Y)> points) => _lines.Add((name, [.. points]));

    /// <summary>Writes the plot to a file of the repository's docs/images.</summary>
    public void Save(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, ToString());
    }

    public override string ToString()
    {
        var all = _lines.SelectMany(line => line.Points).ToArray();
        var (low, high) = (Math.Log(all.Min(point => point.X)), Math.Log(all.Max(point => point.X)));
        var top = Ceiling(all.Max(point => point.Y));
        var svg = new StringBuilder();
        svg.AppendLine(CultureInfo.InvariantCulture, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" font-family="sans-serif" font-size="12" fill="#808080">""");
        svg.AppendLine(Text(Width / 2, 20, title, "middle"));
        svg.AppendLine(Text(Left, 40, up, "start"));
        svg.AppendLine(Text(Width / 2, Height - 8, across, "middle"));
        for (var i = 0; i <= 4; i++)
        {
            var y = Y(top * i / 4, top);
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<path d="M{Left} {y:F1}H{Width - Right}" stroke="#808080" stroke-opacity="0.4"/>""");
            svg.AppendLine(Text(Left - 8, y + 4, (top * i / 4).ToString("G4", CultureInfo.InvariantCulture), "end"));
        }

        foreach (var x in all.Select(point => point.X).Distinct())
        {
            svg.AppendLine(Text(X(x, low, high), Height - Bottom + 18, x.ToString("G6", CultureInfo.InvariantCulture), "middle"));
        }

        for (var i = 0; i < _lines.Count; i++)
        {
            var colour = s_colours[i % s_colours.Length];
            var path = string.Join('L', _lines[i].Points.Select(point => FormattableString.Invariant($"{X(point.X, low, high):F1} {Y(point.Y, top):F1}")));
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>""");
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<text x="{Width - Right}" y="{Top + (16 * i)}" text-anchor="end" fill="{colour}">{_lines[i].Name}</text>""");
        }

        return svg.AppendLine("</svg>").ToString();
    }

    private static double X(double value, double low, double high) =>
        Left + ((Width - Left - Right) * (high > low ? (Math.Log(value) - low) / (high - low) : 0.5));

    private static double Y(double value, double top) => Height - Bottom - ((Height - Top - Bottom) * value / top);

    // The next 1, 2, 4 or 8 times a power of ten, so that quarters are round.
    private static double Ceiling(double value)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return s_steps.First(step => step * power >= value) * power;
    }

    private static string Text(double x, double y, string text, string anchor) =>
        string.Create(CultureInfo.InvariantCulture, $"""<text x="{x:F1}" y="{y:F1}" text-anchor="{anchor}">{text}</text>""");
}
