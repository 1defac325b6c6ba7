using System.Globalization;
using System.Management.Automation;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;
using NapterFtp.Pulls;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Forgets what became of files long ago.</summary>
[Cmdlet(VerbsCommon.Clear, "NapterPullHistory", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class ClearNapterPullHistoryCommand : PullStoreCmdlet
{
    /// <summary>How old a record must be.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [TimeSpanTransformation]
    [ValidateTimeSpan("00:00:00", "36500.00:00:00")]
    public TimeSpan OlderThan { get; set; }

    private protected override bool FailureTerminates => true;

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        await using var store = await OpenStoreAsync(create: false, cancellationToken);
        if (store is null)
        {
            return;
        }

        var before = store.Time.GetUtcNow() - OlderThan;
        var (files, runs) = await HistoryClearing.CountAsync(store, before, cancellationToken);
        if (files + runs == 0)
        {
            return;
        }

        var question = string.Create(
            CultureInfo.InvariantCulture,
            $"Forget {files} records of files and {runs} runs from before {before.ToLocalTime():yyyy-MM-dd HH:mm}; what is still on a device may be copied again");
        if (await ShouldProcessAsync($"{store.Address}", question, cancellationToken))
        {
            (files, runs) = await HistoryClearing.ClearAsync(store, before, cancellationToken);
            EmitVerbose($"{files} records of files and {runs} runs are gone.");
        }
    }
}
