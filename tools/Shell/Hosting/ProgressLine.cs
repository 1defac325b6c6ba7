using System.Management.Automation;

namespace NapterFtp.Shell.Hosting;

/// <summary>The newest progress record on one line of the console, gone when anything else is written; nothing where standard
/// error is no console.</summary>
internal sealed class ProgressLine
{
    private bool _shown;

    public void Show(ProgressRecord record, int width)
    {
        if (Console.IsErrorRedirected)
        {
            return;
        }

        Clear();
        if (record.RecordType == ProgressRecordType.Completed)
        {
            return;
        }

        var percent = record.PercentComplete >= 0 ? $" {record.PercentComplete,3} %" : string.Empty;
        var text = $"{record.Activity}: {record.StatusDescription}{percent}".ReplaceLineEndings(" ");
        Console.Error.Write(text.Length < width ? text : text[..(width - 1)]);
        _shown = true;
    }

    public void Clear()
    {
        if (_shown)
        {
            Console.Error.Write("\r\e[K");
            _shown = false;
        }
    }
}
