using System.Globalization;

namespace NapterFtp.Pulls.Service;

/// <summary>Writes a page about each run that has ended.</summary>
internal sealed class PullReports(PullStore store, PullServiceOptions options)
{
    // A name has 255 bytes at most, a letter up to 3, and the page's time, run and passing name come to it.
    private const int LongestName = 60;

    /// <summary>Writes those that no member has written yet. One that is taken and not written, as where its member died, or its folder cannot be
    /// written to, is taken again after <see cref="PullRuns.Lease"/>, by whichever member.</summary>
    /// <exception cref="NapterFtpException">A page, or the store, cannot be written; the other pages are.</exception>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        if (options.ReportFolder is not { } folder)
        {
            return;
        }

        NapterFtpException? failure = null;
        foreach (var id in await new PullQueue(store).TakeReportsAsync(cancellationToken))
        {
            try
            {
                await WriteAsync(folder, id, cancellationToken);
            }
            catch (NapterFtpException exception)
            {
                failure ??= exception;
            }
        }

        if (failure is not null)
        {
            throw failure;
        }
    }

    private async Task WriteAsync(string folder, long id, CancellationToken cancellationToken)
    {
        var queue = new PullQueue(store);
        if (await queue.FindAsync(id, cancellationToken) is { } run)
        {
            var report = await PullReport.ReadAsync(store, new HistoryQuery { Run = id }, null, PullTrigger.ZoneOf(run.Pull), cancellationToken);
            await ReportPage.WriteFileAsync(Path.Combine(folder, NameOf(run)), report, ReportTexts.Of(options.Language), cancellationToken);
        }

        await queue.NoteReportAsync(id, cancellationToken);
    }

    private static string NameOf(ServedRun run)
    {
        var local = TimeZoneInfo.ConvertTime(run.Scheduled, PullTrigger.ZoneOf(run.Pull));
        var name = string.Concat(run.Pull.Name.Take(LongestName).Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' ? c : '_'));
        return string.Create(CultureInfo.InvariantCulture, $"{name} {local:yyyy-MM-dd HHmm} run {run.Id}.html");
    }
}
