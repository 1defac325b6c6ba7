using System.Globalization;
using System.Net;
using System.Text;
using NapterFtp.Copy;

namespace NapterFtp.Pulls;

/// <summary>A report as one page of HTML that needs nothing beside it: no script, no picture, no font from elsewhere.</summary>
internal sealed class ReportPage
{
    // What a chart can show so that it is still read.
    private const int MostDays = 92;
    private const int MostDevices = 30;
    private const int LongestName = 26;

    private const string Style =
        """
        :root{color-scheme:light dark;--line:#8884;--bar:#3b78c4;--bad:#c4453b}
        body{font:15px/1.5 system-ui,"Segoe UI","Hiragino Sans","Yu Gothic UI",sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem}
        h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem}
        .sums{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.25rem 0}.sums div{border:1px solid var(--line);border-radius:.5rem;padding:.5rem .9rem;min-width:8rem}
        .sums b{display:block;font-size:1.3rem;font-variant-numeric:tabular-nums}.bad{color:var(--bad)}
        table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
        th{font-weight:600}td.n,th.n{text-align:right;white-space:nowrap}td.t{white-space:nowrap}td.p{overflow-wrap:anywhere;min-width:6rem}
        svg{width:100%;height:auto}svg rect{fill:var(--bar)}svg rect.f{fill:var(--bad)}svg text{font-size:11px;fill:currentColor}svg line{stroke:var(--line)}
        .wide{overflow-x:auto}
        """;

    private readonly StringBuilder _html = new();
    private readonly PullReport _report;
    private readonly ReportTexts _texts;

    private ReportPage(PullReport report, ReportTexts texts)
    {
        _report = report;
        _texts = texts;
    }

    /// <summary>Writes the page.</summary>
    /// <param name="report">What it tells.</param>
    /// <param name="texts">The language.</param>
    public static string Write(PullReport report, ReportTexts texts) => new ReportPage(report, texts).Write();

    /// <summary>Writes it to a file. Whoever looks meanwhile sees the old page or the new one.</summary>
    /// <exception cref="NapterFtpException">The file cannot be written.</exception>
    public static async Task WriteFileAsync(string path, PullReport report, ReportTexts texts, CancellationToken cancellationToken)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            if (Copy.LocalFileSystem.Native.IsDevice(path))
            {
                throw Copy.LocalFileSystem.DeviceInTheWay();
            }

            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(temporary, Write(report, texts), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), cancellationToken);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Copy.Errors.Local(path, exception);
        }
        finally
        {
            // There is none once it has its name; and where its folder could not be made, the error that says so is to come through.
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }
        }
    }

    private string Write()
    {
        var sum = _report.Sum;
        var title = _report.Pull is { } pull ? $"{_texts.Title}: {pull}" : _texts.Title;
        _html.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="{_texts.Language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>{Text(title)}</title><style>{Style}</style></head><body>
            <h1>{Text(title)}</h1>
            <p>{_texts.Period}: {(_report.Since is { } since ? Moment(since) : _texts.Beginning)} – {Moment(_report.Until)} ({Text(_report.Zone.Id)})</p>
            <div class="sums">
            """);
        Sum(_texts.Devices, Number(_report.Devices.Count));
        Sum(_texts.WithTrouble, Number(_report.Devices.Count(device => device.Sum.Failed > 0)), _report.Devices.Any(device => device.Sum.Failed > 0));
        Sum(_texts.Files, Number(sum.Files));
        Sum(_texts.Bytes, Size(sum.Bytes));
        Sum(_texts.Failed, Number(sum.Failed), sum.Failed > 0);
        Sum(_texts.Postponed, Number(sum.Postponed));
        Sum(_texts.Late, Number(_report.Late.Count), _report.Late.Count > 0);
        _html.Append("</div>\n");

        Heading(_texts.Days);
        Days(_texts.BytesADay, day => day.Bytes, Size, isBad: false);
        Days(_texts.FilesADay, day => day.Files, value => Number((long)value), isBad: false);
        if (sum.Failed > 0)
        {
            Days(_texts.FailuresADay, day => day.Failed, value => Number((long)value), isBad: true);
        }

        Heading(_texts.BytesADevice);
        Devices();
        Runs();
        DeviceTable();
        Records(_texts.Failures, _report.Failures, (_texts.Time, 't', record => Moment(record.Started)), (_texts.Error, 'p', record => record.Error ?? record.Outcome.ToString()));
        Records(
            _texts.LateFiles,
            _report.Late,
            (_texts.Written, 't', record => record.LastWriteTime is { } written ? Moment(written) : string.Empty),
            (_texts.Arrived, 't', record => record.Ended is { } ended ? Moment(ended) : string.Empty));
        _html.Append("</body></html>\n");
        return _html.ToString();
    }

    private void Heading(string text) => _html.Append(CultureInfo.InvariantCulture, $"<h2>{Text(text)}</h2>\n");

    private void Sum(string name, string value, bool isBad = false) =>
        _html.Append(CultureInfo.InvariantCulture, $"<div{(isBad ? " class=\"bad\"" : string.Empty)}>{Text(name)}<b>{Text(value)}</b></div>\n");

    /// <summary>Columns, one a day; days without anything have their place too.</summary>
    private void Days(string name, Func<ReportSum, double> value, Func<double, string> write, bool isBad)
    {
        if (_report.Days.Count == 0)
        {
            Nothing();
            return;
        }

        var (first, last) = (_report.Days[0].Day, _report.Days[^1].Day);
        if (last.DayNumber - first.DayNumber >= MostDays)
        {
            first = last.AddDays(1 - MostDays);
        }

        var sums = _report.Days.ToDictionary(day => day.Day, day => value(day.Sum));
        var days = Enumerable.Range(0, last.DayNumber - first.DayNumber + 1).Select(first.AddDays).ToList();
        var most = Math.Max(days.Max(day => sums.GetValueOrDefault(day)), double.Epsilon);
        const int Width = 900, Height = 150, Top = 18, Bottom = 18, WidestDay = 60;
        var step = Math.Min((double)Width / days.Count, WidestDay);
        _html.Append(CultureInfo.InvariantCulture, $"<svg role=\"img\" viewBox=\"0 0 {Width} {Height}\"><title>{Text(name)}</title><text x=\"0\" y=\"12\">{Text(name)} – {Text(write(most))}</text>");
        _html.Append(CultureInfo.InvariantCulture, $"<line x1=\"0\" x2=\"{Width}\" y1=\"{Height - Bottom}\" y2=\"{Height - Bottom}\"/>");
        foreach (var (index, day) in days.Index())
        {
            var height = sums.GetValueOrDefault(day) / most * (Height - Top - Bottom);
            var label = string.Create(CultureInfo.InvariantCulture, $"{day:yyyy-MM-dd}: {write(sums.GetValueOrDefault(day))}");
            _html.Append(CultureInfo.InvariantCulture, $"<rect{(isBad ? " class=\"f\"" : string.Empty)} x=\"{(index * step) + (step * 0.1):0.##}\" width=\"{step * 0.8:0.##}\" y=\"{Height - Bottom - height:0.##}\" height=\"{height:0.##}\"><title>{Text(label)}</title></rect>");
        }

        _html.Append(CultureInfo.InvariantCulture, $"<text x=\"0\" y=\"{Height - 4}\">{days[0]:yyyy-MM-dd}</text>");
        _html.Append(CultureInfo.InvariantCulture, $"<text x=\"{step * days.Count:0.##}\" y=\"{Height - 4}\" text-anchor=\"end\">{(days.Count > 2 ? days[^1].ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : string.Empty)}</text></svg>\n");
    }

    /// <summary>Bars, one a device, those that moved most.</summary>
    private void Devices()
    {
        var devices = _report.Devices.OrderByDescending(device => device.Sum.Bytes).Take(MostDevices).ToList();
        if (devices.Count == 0)
        {
            Nothing();
            return;
        }

        const int Width = 900, Row = 18, Left = 190, Right = 90;
        var most = Math.Max(devices.Max(device => (double)device.Sum.Bytes), double.Epsilon);
        _html.Append(CultureInfo.InvariantCulture, $"<svg role=\"img\" viewBox=\"0 0 {Width} {devices.Count * Row}\"><title>{Text(_texts.BytesADevice)}</title>");
        foreach (var (index, device) in devices.Index())
        {
            var length = device.Sum.Bytes / most * (Width - Left - Right);
            var y = index * Row;
            _html.Append(CultureInfo.InvariantCulture, $"<text x=\"0\" y=\"{y + 13}\">{Text(ShortName(device))}</text>");
            _html.Append(CultureInfo.InvariantCulture, $"<rect{(device.Sum.Failed > 0 ? " class=\"f\"" : string.Empty)} x=\"{Left}\" y=\"{y + 3}\" width=\"{length:0.##}\" height=\"{Row - 6}\"/>");
            _html.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + length + 6:0.##}\" y=\"{y + 13}\">{Text(Size(device.Sum.Bytes))}</text>");
        }

        _html.Append("</svg>\n");
    }

    private void Runs()
    {
        Heading(_texts.Runs);
        Table(
            _report.Runs,
            (_texts.Run, 'n', run => Number(run.Id)),
            (_texts.Schedule, 'p', run => run.Pull),
            (_texts.Started, 't', run => Moment(run.Started)),
            (_texts.Ended, 't', run => run.Ended is { } ended ? Moment(ended) : _texts.NotEnded),
            (_texts.Duration, 'n', run => run.Ended is { } ended ? Span(ended - run.Started) : string.Empty),
            (_texts.Devices, 'n', run => Number(run.Devices)),
            (_texts.Done, 'n', run => Number(run.Done)),
            (_texts.Failed, 'n', run => Number(run.Failed)),
            (_texts.Waiting, 'n', run => Number(run.Waiting)),
            (_texts.Files, 'n', run => Number(run.Files)),
            (_texts.Bytes, 'n', run => Size(run.Bytes)),
            (_texts.Error, 'p', run => run.Error ?? string.Empty));
    }

    private void DeviceTable()
    {
        Heading(_texts.Devices);
        Table(
            _report.Devices,
            (_texts.Device, 't', device => Name(device.Sim, device.Port)),
            (_texts.Files, 'n', device => Number(device.Sum.Files)),
            (_texts.Bytes, 'n', device => Size(device.Sum.Bytes)),
            (_texts.Failed, 'n', device => Number(device.Sum.Failed)),
            (_texts.Postponed, 'n', device => Number(device.Sum.Postponed)),
            (_texts.Late, 'n', device => Number(device.Sum.Late)),
            (_texts.Duration, 'n', device => Span(device.Sum.Duration)),
            (_texts.LastCopied, 't', device => device.LastCopied is { } last ? Moment(last) : string.Empty),
            (_texts.Error, 'p', device => device.LastError ?? string.Empty));
    }

    private void Records(string heading, IReadOnlyList<NapterPullHistory> records, params (string Name, char Kind, Func<NapterPullHistory, string> Value)[] further)
    {
        Heading(heading);
        Table(
            records,
            [
                (_texts.Device, 't', record => Name(record.SimId ?? record.Imsi ?? string.Empty, record.DevicePort)),
                (_texts.Path, 'p', record => record.Path),
                .. further.Select(column => (column.Name, column.Kind, column.Value)),
            ]);
        if (records.Count == PullReport.MostFailures)
        {
            _html.Append(CultureInfo.InvariantCulture, $"<p>{Text(string.Format(CultureInfo.InvariantCulture, _texts.OnlyFirst, PullReport.MostFailures))}</p>\n");
        }
    }

    /// <param name="rows">The rows.</param>
    /// <param name="columns">Each with its head, what its cells are (n: numbers, t: short texts on one line, p: texts that may be long), and a row's value.</param>
    private void Table<T>(IReadOnlyList<T> rows, params (string Name, char Kind, Func<T, string> Value)[] columns)
    {
        if (rows.Count == 0)
        {
            Nothing();
            return;
        }

        _html.Append("<div class=\"wide\"><table><thead><tr>");
        foreach (var (name, kind, _) in columns)
        {
            _html.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\" class=\"{kind}\">{Text(name)}</th>");
        }

        _html.Append("</tr></thead><tbody>\n");
        foreach (var row in rows)
        {
            _html.Append("<tr>");
            foreach (var (_, kind, value) in columns)
            {
                _html.Append(CultureInfo.InvariantCulture, $"<td class=\"{kind}\">{Text(value(row))}</td>");
            }

            _html.Append("</tr>\n");
        }

        _html.Append("</tbody></table></div>\n");
    }

    private void Nothing() => _html.Append(CultureInfo.InvariantCulture, $"<p>{Text(_texts.Nothing)}</p>\n");

    private string Moment(DateTimeOffset time) => TimeZoneInfo.ConvertTime(time, _report.Zone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private string Name(string sim, int port)
    {
        var number = string.Create(CultureInfo.InvariantCulture, $"{sim}:{port}");
        return _report.Names.TryGetValue(sim, out var name) ? $"{name} ({number})" : number;
    }

    /// <summary>What has room beside a bar.</summary>
    private string ShortName(ReportDevice device) =>
        !_report.Names.TryGetValue(device.Sim, out var name) ? Name(device.Sim, device.Port) : name.Length <= LongestName ? name : $"{name[..(LongestName - 1)]}…";

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Span(TimeSpan span) => span.TotalSeconds < 1 ? "< 1 s"
        : string.Create(CultureInfo.InvariantCulture, $"{(long)span.TotalHours}:{span.Minutes:00}:{span.Seconds:00}");

    private static string Size(double bytes) => bytes switch
    {
        >= 1e9 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB"),
        >= 1e6 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB"),
        >= 1e3 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.0} kB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes:0} B"),
    };

    /// <summary>A device's names and messages are nobody's to trust.</summary>
    private static string Text(string text) => WebUtility.HtmlEncode(LocalNames.Printable(text));
}
