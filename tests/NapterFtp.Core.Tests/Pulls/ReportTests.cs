using System.Diagnostics;
using System.Globalization;
using System.Xml.Linq;
using NapterFtp.Pulls;
using NapterFtp.Testing;
using static NapterFtp.Core.Tests.Pulls.HistoryBench;

namespace NapterFtp.Core.Tests.Pulls;

public sealed class ReportTests(Stores stores)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task A_report_adds_up_files_bytes_failures_and_late_arrivals_by_day_and_device(string kind)
    {
        await using var bench = await StartAsync(stores, kind);
        var report = await FillAsync(bench);

        Assert.Equal((2, 1), (report.Sum.Files, report.Sum.Failed));
        Assert.Equal([1L, 1L], report.Days.Select(day => day.Sum.Files));
        Assert.Equal(1, report.Days[1].Day.DayNumber - report.Days[0].Day.DayNumber);
        var device = Assert.Single(report.Devices);
        Assert.Equal((Station.Sim, "550 <b>Bad</b> sector."), (device.Sim, device.LastError));
        Assert.Equal("/bad \u001b]0;x.csv", Assert.Single(report.Failures).Path);
        Assert.Equal(2, report.Late.Count);
    }

    [Theory]
    [InlineData("en", "What did not come")]
    [InlineData("ja", "取得できなかったもの")]
    public async Task The_page_is_well_formed_and_nothing_of_a_device_is_more_than_text(string language, string heading)
    {
        await using var bench = await StartAsync(stores, "Sqlite");
        var html = ReportPage.Write(await FillAsync(bench), ReportTexts.Of(language));

        Assert.Contains($"<html lang=\"{language}\">", html, StringComparison.Ordinal);
        Assert.Contains(heading, html, StringComparison.Ordinal);
        Assert.Contains("550 &lt;b&gt;Bad&lt;/b&gt; sector.", html, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', html);
        Assert.DoesNotContain("http:", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);

        // Void elements aside it is XML, so that no tag is left open.
        var body = html[html.IndexOf("<body>", StringComparison.Ordinal)..html.IndexOf("</html>", StringComparison.Ordinal)];
        var elements = XElement.Parse(body).Descendants().Select(element => element.Name.LocalName).ToList();
        // Three charts of two days and one of a device; tables of one device, one failure and two late files, each with a head.
        Assert.Equal((7, 7), (elements.Count(name => name == "rect"), elements.Count(name => name == "tr")));
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task Devices_are_called_by_what_their_SIMs_are_called_beside_their_IDs(string kind)
    {
        await using var bench = await StartAsync(stores, kind);
        var runs = new PullRuns(await bench.OpenAsync());
        foreach (var name in new[] { "old", "Pump <7> in the northern hall, by the door" })
        {
            var run = await runs.QueueAsync(PullTriggerTests.Pull("@daily") with { Name = name }, Written, Token);
            await runs.FreezeAsync(run, [new PullDevice(DeviceTarget.FromSimId(Station.Sim), Station, null, Station.Sim, name)], Token);
        }

        var html = ReportPage.Write(await FillAsync(bench), ReportTexts.English);
        Assert.Contains($"<td class=\"t\">Pump &lt;7&gt; in the northern hall, by the door ({Station.Sim}:21)</td>", html, StringComparison.Ordinal);
        Assert.Contains("\">Pump &lt;7&gt; in the northern …</text>", html, StringComparison.Ordinal);
        Assert.DoesNotContain($">{Station.Sim}", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_is_the_same_where_the_users_calendar_counts_years_otherwise()
    {
        await using var bench = await StartAsync(stores, "Sqlite");
        var report = await FillAsync(bench);
        var before = CultureInfo.CurrentCulture;
        var japanese = new CultureInfo("ja-JP");
        japanese.DateTimeFormat.Calendar = new JapaneseCalendar();
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
            var expected = ReportPage.Write(report, ReportTexts.English);
            CultureInfo.CurrentCulture = japanese;
            Assert.Equal(expected, ReportPage.Write(report, ReportTexts.English));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public async Task A_report_of_nothing_says_so()
    {
        await using var bench = await StartAsync(stores, "Sqlite");
        var report = await PullReport.ReadAsync(await bench.OpenAsync(), new HistoryQuery(), null, TimeZoneInfo.Utc, Token);

        Assert.Contains("<p>Nothing.</p>", ReportPage.Write(report, ReportTexts.English), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en", "Pulls from devices")]
    [InlineData("ja", "デバイスからの取得")]
    public async Task A_browser_shows_the_page(string language, string title)
    {
        Assert.SkipUnless(Campaign.IsLong, "It installs a browser; NAPTERFTP_LONG=1 runs it.");
        if (await PeerPackages.EnsureAsync("chromium") is { } reason)
        {
            Assert.Skip(reason);
        }

        await using var bench = await StartAsync(stores, "Sqlite");
        var (page, picture) = (bench.Folder.File("report.html"), bench.Folder.File("report.png"));
        await File.WriteAllTextAsync(page, ReportPage.Write(await FillAsync(bench), ReportTexts.Of(language)), Token);

        var dom = await BrowseAsync(bench, page, "--dump-dom");
        Assert.Contains($"<h1>{title}</h1>", dom, StringComparison.Ordinal);
        Assert.Contains("<svg role=\"img\"", dom, StringComparison.Ordinal);
        await BrowseAsync(bench, page, $"--screenshot={picture}");
        Assert.True(new FileInfo(picture).Length > 10_000, "The picture of the page is as good as empty.");
    }

    private static async Task<PullReport> FillAsync(HistoryBench bench)
    {
        var writer = await bench.WriterAsync();
        await bench.CopyAsync(writer, Version("/a.csv"));
        bench.Time.Advance(TimeSpan.FromDays(1));
        await bench.CopyAsync(writer, Version("/b.csv", length: 7));
        await writer.ReportAsync(
            Station, Version("/bad \u001b]0;x.csv"), Result("/bad", "", NapterFtpTransferStatus.Failed, "550 <b>Bad</b> sector."), Token);
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        return await PullReport.ReadAsync(await bench.OpenAsync(), new HistoryQuery(), TimeSpan.FromHours(1), TimeZoneInfo.Utc, Token);
    }

    private static async Task<string> BrowseAsync(HistoryBench bench, string page, string action)
    {
        var start = new ProcessStartInfo(
            "chromium", ["--headless=new", "--no-sandbox", "--disable-gpu", $"--user-data-dir={bench.Folder.File("profile")}", "--window-size=1000,1600", action, new Uri(page).AbsoluteUri])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var browser = Process.Start(start)!;
        var (output, errors) = (browser.StandardOutput.ReadToEndAsync(Token), browser.StandardError.ReadToEndAsync(Token));
        await browser.WaitForExitAsync(Token);
        await errors;
        return await output;
    }
}
