using System.Globalization;
using System.Text;

namespace NapterFtp.Benchmarks.Measure;

/// <summary>A line plot as an SVG file: logarithmic to the right, linear upwards from zero, readable on white and on black.</summary>
internal sealed class SvgPlot(string title, string across, string up)
{
    private const int Width = 640;
    private const int Height = 360;
    private const int Left = 70;
    private const int Right = 32;
    private const int Top = 58;
    private const int Bottom = 50;

    private static readonly string[] s_colours = ["#1f77b4", "#d95f02", "#2ca02c", "#9467bd"];

    private static readonly int[] s_steps = [1, 2, 4, 8, 10];

    private readonly List<(string Name, (double X, double Y)[] Points)> _lines = [];

    /// <summary>Whether the scale is logarithmic upwards as well: whole decades, all values above zero.</summary>
    public bool LogarithmicUp { get; init; }

    /// <summary>Writes a value of the axis to the right.</summary>
    public Func<double, string> Label { get; init; } = Number;

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
        var ticks = LogarithmicUp ? Decades(all.Min(point => point.Y), all.Max(point => point.Y)) : Quarters(all.Max(point => point.Y));
        var svg = new StringBuilder();
        svg.AppendLine(CultureInfo.InvariantCulture, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" font-family="sans-serif" font-size="12" fill="#808080">""");
        svg.AppendLine(Text(Width / 2, 20, title, "middle"));
        svg.AppendLine(Text(Left, 44, up, "start"));
        svg.AppendLine(Text(Width / 2, Height - 8, across, "middle"));
        foreach (var tick in ticks)
        {
            var y = Y(tick, ticks);
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<path d="M{Left} {y:F1}H{Width - Right}" stroke="#808080" stroke-opacity="0.4"/>""");
            svg.AppendLine(Text(Left - 8, y + 4, Number(tick), "end"));
        }

        foreach (var x in all.Select(point => point.X).Distinct())
        {
            svg.AppendLine(Text(X(x, low, high), Height - Bottom + 18, Label(x), "middle"));
        }

        // The names stand above the plot, where no line passes.
        var names = string.Join("  ", _lines.Select((line, index) => $"""<tspan fill="{Colour(index)}">● {line.Name}</tspan>"""));
        svg.AppendLine(Text(Width - Right, 44, names, "end"));
        for (var i = 0; i < _lines.Count; i++)
        {
            var points = _lines[i].Points.Select(point => (X: X(point.X, low, high), Y: Y(point.Y, ticks))).ToArray();
            var path = string.Join('L', points.Select(point => FormattableString.Invariant($"{point.X:F1} {point.Y:F1}")));
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<path d="M{path}" fill="none" stroke="{Colour(i)}" stroke-width="2"/>""");
            foreach (var (x, y) in points)
            {
                svg.AppendLine(CultureInfo.InvariantCulture, $"""<circle cx="{x:F1}" cy="{y:F1}" r="3" fill="{Colour(i)}"/>""");
            }
        }

        return svg.AppendLine("</svg>").ToString();
    }

    private static string Colour(int line) => s_colours[line % s_colours.Length];

    private static string Number(double value) => value.ToString("#,0.######", CultureInfo.InvariantCulture);

    private static double X(double value, double low, double high) =>
        Left + ((Width - Left - Right) * (high > low ? (Math.Log(value) - low) / (high - low) : 0.5));

    private double Y(double value, double[] ticks)
    {
        var part = LogarithmicUp ? Math.Log(value / ticks[0]) / Math.Log(ticks[^1] / ticks[0]) : value / ticks[^1];
        return Height - Bottom - ((Height - Top - Bottom) * part);
    }

    // Up to the next 1, 2, 4 or 8 times a power of ten, so that quarters are round.
    private static double[] Quarters(double highest)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(highest)));
        var top = s_steps.First(step => step * power >= highest) * power;
        return [.. Enumerable.Range(0, 5).Select(quarter => top * quarter / 4)];
    }

    // One at least.
    private static double[] Decades(double lowest, double highest)
    {
        var first = (int)Math.Floor(Math.Log10(lowest));
        var last = Math.Max(first + 1, (int)Math.Ceiling(Math.Log10(highest)));
        return [.. Enumerable.Range(first, last - first + 1).Select(power => Math.Pow(10, power))];
    }

    private static string Text(double x, double y, string text, string anchor) =>
        string.Create(CultureInfo.InvariantCulture, $"""<text x="{x:F1}" y="{y:F1}" text-anchor="{anchor}">{text}</text>""");
}
