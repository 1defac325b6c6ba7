using System.Text.Encodings.Web;
using System.Text.Json;

namespace NapterFtp.Monitoring;

/// <summary>A log as JSON lines: an object a line, with <c>time</c> (UTC, ISO 8601), <c>level</c> (debug, information, warning, error),
/// <c>event</c> and what belongs to it.</summary>
/// <remarks>A log that cannot be written, as on a full disk, stops nothing: the lines are left out whole, and the first that can be
/// written again says how many.</remarks>
internal sealed class JsonLog : IDisposable
{
    // Read by programs and by people, never put into a page.
    private static readonly JsonWriterOptions Form = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _lock = new();
    private readonly Stream _stream;
    private readonly TimeProvider _time;
    private long _lost;
    private bool _disposed;

    /// <param name="stream">Written at its end, a line at a time, and disposed with the log.</param>
    /// <param name="time">The clock of the lines.</param>
    public JsonLog(Stream stream, TimeProvider time)
    {
        _stream = stream;
        _time = time;
    }

    /// <summary>Opens or makes a file for one service; others may read, empty and move it away meanwhile.</summary>
    /// <exception cref="NapterFtpException"><c>LogNotWritable</c>.</exception>
    public static JsonLog Open(string path, TimeProvider time)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            return new JsonLog(new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1), time);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new NapterFtpException(
                "LogNotWritable",
                NapterFtpErrorKind.File,
                $"The log '{path}' cannot be written: {exception.Message}",
                "Name a file that this user may write.",
                path,
                exception);
        }
    }

    /// <summary>Adds a line.</summary>
    /// <param name="level"><c>debug</c>, <c>information</c>, <c>warning</c> or <c>error</c>.</param>
    /// <param name="what">The event's name, such as <c>file</c>.</param>
    /// <param name="values">What belongs to it: text, numbers, times, spans (as seconds), truth values; null ones are left out.</param>
    public void Write(string level, string what, params IEnumerable<(string Name, object? Value)> values)
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            try
            {
                if (_lost > 0)
                {
                    Append(Line("warning", "linesLost", [("count", _lost)]));
                    _lost = 0;
                }

                Append(Line(level, what, values));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                _lost++;
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _stream.Dispose();
        }
    }

    private void Append(ReadOnlySpan<byte> line)
    {
        // Whoever keeps logs small may have emptied it.
        var end = _stream.Seek(0, SeekOrigin.End);
        try
        {
            _stream.Write(line);
            _stream.Flush();
        }
        catch (IOException)
        {
            // A full disk may have taken the beginning of the line, which the next one would be read with.
            if (_stream.Length > end)
            {
                _stream.SetLength(end);
            }

            throw;
        }
    }

    private ReadOnlySpan<byte> Line(string level, string what, IEnumerable<(string Name, object? Value)> values)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line, Form))
        {
            json.WriteStartObject();
            json.WriteString("time", _time.GetUtcNow().UtcDateTime);
            json.WriteString("level", level);
            json.WriteString("event", what);
            foreach (var (name, value) in values)
            {
                if (value is not null)
                {
                    json.WritePropertyName(name);
                    WriteValue(json, value);
                }
            }

            json.WriteEndObject();
        }

        line.WriteByte((byte)'\n');
        return line.GetBuffer().AsSpan(0, (int)line.Length);
    }

    private static void WriteValue(Utf8JsonWriter json, object value)
    {
        switch (value)
        {
            case bool truth:
                json.WriteBooleanValue(truth);
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case double number:
                json.WriteNumberValue(number);
                break;
            case TimeSpan span:
                json.WriteNumberValue(span.TotalSeconds);
                break;
            case DateTimeOffset time:
                json.WriteStringValue(time.UtcDateTime);
                break;
            default:
                json.WriteStringValue(value.ToString());
                break;
        }
    }
}
