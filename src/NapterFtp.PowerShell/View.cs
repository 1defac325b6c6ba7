using System.Globalization;
using System.Management.Automation;
using NapterFtp.Copy;

namespace NapterFtp.PowerShell;

/// <summary>How the module's table views show what they show.</summary>
public static class View
{
    /// <summary>A text of a device, SORACOM or a person on one line, without what a terminal would obey: control characters, line
    /// separators and marks that turn the direction of what follows are replaced by U+FFFD, bytes of a file name that are no
    /// characters are written as <c>%XX</c>. What is to be worked with is the property itself.</summary>
    /// <param name="value">The text, or what gives one; null gives an empty text.</param>
    public static string Line(object? value) => LocalNames.Printable(value?.ToString() ?? string.Empty);

    /// <summary>The same of several lines, which stay lines.</summary>
    internal static string Lines(string text) =>
        string.Join('\n', text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n').Select(line => Line(line.Replace('\t', ' '))));

    /// <summary>A time by this computer's clock. One that came from another process, as by a job or over SSH, is no more than its text.</summary>
    /// <param name="value">The time; null gives an empty text.</param>
    /// <param name="format">A date format of .NET.</param>
    public static string Time(object? value, string format)
    {
        var time = (value is PSObject wrapped ? wrapped.BaseObject : value) as DateTimeOffset?;
        if (time is null && DateTimeOffset.TryParse(value?.ToString(), CultureInfo.InvariantCulture, out var read))
        {
            time = read;
        }

        return time?.ToLocalTime().ToString(format, CultureInfo.InvariantCulture) ?? Line(value);
    }

    /// <summary>A state or status in the colour that it has in all views. PowerShell takes colours out where
    /// <c>$PSStyle.OutputRendering</c> says so; where it is Host, they are left out also of what another program reads.</summary>
    /// <param name="state">The state; null gives an empty text.</param>
    /// <param name="style"><c>$PSStyle</c>; null for no colours.</param>
    public static string State(object? state, object? style)
    {
        var text = Line(state);
        var colour = text switch
        {
            "Failed" or "GivenUp" or "Lost" or "Silent" => Sequence(style, "Formatting", "Error"),
            "Warning" or "Deleted" or "Changed" or "Opening" or "Closing" or "Stopping" or "Stopped" or "Draining" => Sequence(style, "Formatting", "Warning"),
            "Open" or "Connected" or "Listening" or "Running" or "Passed" or "Copied" or "Resumed" or "Done" => Sequence(style, "Foreground", "Green"),
            "Idle" or "Closed" or "Completed" or "Ended" or "Skipped" or "Postponed" => Sequence(style, "Foreground", "BrightBlack"),
            _ => null,
        };
        return colour is not null && Property(style, "Reset") is string reset && !LeavesColoursOut(style) ? colour + text + reset : text;
    }

    private static bool LeavesColoursOut(object? style) => Console.IsOutputRedirected && Property(style, "OutputRendering")?.ToString() == "Host";

    private static string? Sequence(object? style, string group, string name) => Property(Property(style, group), name) as string;

    /// <summary>By name: the style is of a type that the module is not built against.</summary>
    private static object? Property(object? item, string name) => item is null ? null : PSObject.AsPSObject(item).Properties[name]?.Value;
}
