using System.Management.Automation.Host;

namespace NapterFtp.PowerShell.Watching;

/// <summary>Draws the live view over itself, where the host has a screen with a cursor.</summary>
internal sealed class LiveScreen
{
    private readonly PSHostUserInterface _console;
    private int _lines;

    private LiveScreen(PSHostUserInterface console) => _console = console;

    /// <summary>The host's screen; null where it has none, or where the output goes to a file.</summary>
    public static LiveScreen? Find(PSHost host)
    {
        try
        {
            // A console's window tells its size and cursor also while its output goes elsewhere.
            return !Console.IsOutputRedirected && host.UI.RawUI.WindowSize is { Width: > 1, Height: > 3 } && host.UI.RawUI.CursorPosition.Y >= 0
                ? new LiveScreen(host.UI)
                : null;
        }
        catch (Exception e) when (e is HostException or NotImplementedException or NotSupportedException or NullReferenceException
            or InvalidOperationException or IOException)
        {
            return null;
        }
    }

    /// <summary>Draws it; the cursor stays below.</summary>
    /// <returns>How many lines are drawn.</returns>
    public int Draw(IReadOnlyList<string> names, IReadOnlyList<NapterPortActivity> ports)
    {
        var screen = _console.RawUI;
        var size = screen.WindowSize;
        var lines = LiveText.Render(names, ports, size.Width - 1, size.Height - 1);

        // The window may have scrolled or been made smaller meanwhile, but the cursor is where the last drawing ended.
        screen.CursorPosition = new Coordinates(0, Math.Max(screen.CursorPosition.Y - _lines, 0));
        var height = Math.Max(lines.Count, Math.Min(_lines, size.Height - 1));
        for (var line = 0; line < height; line++)
        {
            _console.WriteLine((line < lines.Count ? lines[line] : "").PadRight(size.Width - 1));
        }

        return _lines = height;
    }
}
