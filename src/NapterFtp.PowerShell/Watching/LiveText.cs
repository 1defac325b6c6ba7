using System.Globalization;

namespace NapterFtp.PowerShell.Watching;

/// <summary>The lines of the live view.</summary>
internal static class LiveText
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>One line for each proxy or tunnel, and under it one for each of its ports; none longer than the width.</summary>
    /// <param name="names">The proxies and tunnels that run.</param>
    /// <param name="ports">Their open ports.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Lines; what does not fit is counted in the last.</param>
    public static IReadOnlyList<string> Render(IReadOnlyList<string> names, IReadOnlyList<NapterPortActivity> ports, int width, int height)
    {
        var lines = new List<string> { "  Kind     State        Port   Received          Sent              Age       Command" };
        foreach (var name in names)
        {
            var own = ports.Where(port => string.Equals(port.Proxy, name, StringComparison.OrdinalIgnoreCase)).ToArray();
            lines.Add(own.Length == 0
                ? $"{View.Line(name)}: no port is open"
                : $"{View.Line(name)}: {own.Length} open, {Size(own.Sum(port => port.RateFromDevice))}/s in, {Size(own.Sum(port => port.RateToDevice))}/s out");
            lines.AddRange(own.Select(port => string.Create(
                CultureInfo.CurrentCulture,
                $"  {port.Kind,-8} {port.State,-10} {port.DevicePort,6}   {Moved(port.BytesFromDevice, port.RateFromDevice),-17} {Moved(port.BytesToDevice, port.RateToDevice),-17} {Age(port.Age),-9} {View.Line(port.Command)}")));
        }

        lines.Add("Ctrl+C ends the view; the ports stay as they are.");
        if (lines.Count > height)
        {
            var rest = lines.Count - height + 1;
            lines.RemoveRange(height - 1, rest);
            lines.Add($"({rest} more lines)");
        }

        return [.. lines.Select(line => line.Length > width ? line[..width] : line)];
    }

    /// <summary>A size as people read it.</summary>
    public static string Size(long bytes)
    {
        double value = bytes;
        var unit = 0;
        for (; value >= 1024 && unit < Units.Length - 1; unit++)
        {
            value /= 1024;
        }

        return string.Create(CultureInfo.CurrentCulture, $"{value:0.#} {Units[unit]}");
    }

    private static string Moved(long bytes, long rate) => rate == 0 ? Size(bytes) : $"{Size(bytes)} {Size(rate)}/s";

    private static string Age(TimeSpan age) => age.ToString(age.TotalHours >= 1 ? @"h\:mm\:ss" : @"m\:ss", CultureInfo.InvariantCulture);
}
