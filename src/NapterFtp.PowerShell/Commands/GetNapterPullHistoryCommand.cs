using System.Management.Automation;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;
using NapterFtp.Pulls;

namespace NapterFtp.PowerShell.Commands;

/// <summary>What became of the files on devices, as the history has it.</summary>
[Cmdlet(VerbsCommon.Get, "NapterPullHistory")]
[OutputType(typeof(NapterPullHistory))]
public sealed class GetNapterPullHistoryCommand : PullStoreCmdlet
{
    /// <summary>One device's records, by the IMSI of its SIM.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ImsiTransformation]
    [ArgumentCompleter(typeof(ImsiCompleter))]
    public string? Imsi { get; set; }

    /// <summary>One device's records, by its SIM ID.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SimIdCompleter))]
    public string? SimId { get; set; }

    /// <summary>One FTP server's records, by its port at the device.</summary>
    [Parameter]
    [Alias("RemotePort")]
    [ValidateRange(1, 65535)]
    public int? DevicePort { get; set; }

    /// <summary>The path on the device; wildcards are allowed.</summary>
    [Parameter(Position = 1)]
    [SupportsWildcards]
    public string? Path { get; set; }

    /// <summary>The schedule's name; wildcards are allowed.</summary>
    [Parameter]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(PullNameCompleter))]
    public string? Pull { get; set; }

    /// <summary>The number of a run.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public long? RunId { get; set; }

    /// <summary>Only what was begun from then on.</summary>
    [Parameter]
    [IsoDateTransformation]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Only what was begun before then.</summary>
    [Parameter]
    [IsoDateTransformation]
    public DateTimeOffset? Before { get; set; }

    /// <summary>Only what had these outcomes.</summary>
    [Parameter]
    public NapterPullOutcome[] Outcome { get; set; } = [];

    /// <summary>Only what did not come: Failed and Changed.</summary>
    [Parameter]
    public SwitchParameter Failed { get; set; }

    /// <summary>Only what arrived later than this after the device had written it.</summary>
    [Parameter]
    [TimeSpanTransformation]
    [ValidateTimeSpan("00:00:00", "3650.00:00:00")]
    public TimeSpan? Late { get; set; }

    /// <summary>How many records at most, of each device.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? First { get; set; }

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var query = new HistoryQuery
        {
            Imsi = string.IsNullOrEmpty(Imsi) ? null : DeviceTarget.FromImsi(Imsi).Imsi,
            SimId = string.IsNullOrEmpty(SimId) ? null : DeviceTarget.FromSimId(SimId).SimId,
            DevicePort = DevicePort,
            Path = Path,
            Pull = Pull,
            Run = RunId,
            Since = Since,
            Until = Before,
            Outcomes = Failed ? [.. Outcome, NapterPullOutcome.Failed, NapterPullOutcome.Changed] : Outcome,
            Late = Late,
        };
        await using var store = await OpenStoreAsync(create: false, cancellationToken);
        if (store is null)
        {
            return;
        }

        var left = First ?? int.MaxValue;
        await foreach (var record in query.ReadAsync(store, cancellationToken))
        {
            Emit(record);
            if (--left == 0)
            {
                break;
            }
        }
    }
}
