using System.Globalization;
using System.Management.Automation;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;
using NapterFtp.Pulls;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Writes one page of HTML about a run, a night or a month of pulls.</summary>
[Cmdlet(VerbsData.Export, "NapterReport", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportNapterReportCommand : PullStoreCmdlet
{
    /// <summary>The file to write; one that is there is replaced.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = string.Empty;

    /// <summary>The schedules' name; wildcards are allowed.</summary>
    [Parameter(Position = 1)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(PullNameCompleter))]
    public string? Pull { get; set; }

    /// <summary>One run alone.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Id")]
    public long? RunId { get; set; }

    /// <summary>Only what was begun from then on.</summary>
    [Parameter]
    [IsoDateTransformation]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Only what was begun before then.</summary>
    [Parameter]
    [IsoDateTransformation]
    public DateTimeOffset? Before { get; set; }

    /// <summary>What arrived later than this after the device had written it is late.</summary>
    [Parameter]
    [TimeSpanTransformation]
    [ValidateTimeSpan("00:00:01", "3650.00:00:00")]
    public TimeSpan? Late { get; set; }

    /// <summary>The language: en or ja; the session's by default.</summary>
    [Parameter]
    [ValidateSet("en", "ja")]
    public string Language { get; set; } = CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "ja" ? "ja" : "en";

    /// <summary>The time zone of the page; this computer's by default.</summary>
    [Parameter]
    [TimeZoneTransformation]
    [ArgumentCompleter(typeof(TimeZoneCompleter))]
    public TimeZoneInfo TimeZone { get; set; } = TimeZoneInfo.Local;

    private protected override bool FailureTerminates => true;

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var path = await OnPipelineAsync(() => this.LocalPath(Path), cancellationToken);
        await using var store = await OpenStoreAsync(create: false, cancellationToken) ?? throw NoStore();
        var query = new HistoryQuery { Pull = Pull, Run = RunId, Since = Since, Until = Before };
        var report = await PullReport.ReadAsync(store, query, Late, TimeZone, cancellationToken);
        if (await ShouldProcessAsync(path, "Write report", cancellationToken))
        {
            await ReportPage.WriteFileAsync(path, report, ReportTexts.Of(Language), cancellationToken);
            Emit(new FileInfo(path));
        }
    }

    private static NapterFtpException NoStore() => new(
        "StoreNotFound",
        NapterFtpErrorKind.NotFound,
        "There is no store yet.",
        "Copy-NapterFtpItem -History and Register-NapterPull make one; name another with -Store.");
}
