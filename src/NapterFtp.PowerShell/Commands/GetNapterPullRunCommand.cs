using System.Management.Automation;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;
using NapterFtp.Pulls;
using NapterFtp.Pulls.Service;

namespace NapterFtp.PowerShell.Commands;

/// <summary>The runs of schedules, the latest first.</summary>
[Cmdlet(VerbsCommon.Get, "NapterPullRun")]
[OutputType(typeof(NapterPullRun), typeof(NapterPullDevice))]
public sealed class GetNapterPullRunCommand : PullStoreCmdlet
{
    /// <summary>The schedule's name; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Name")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(PullNameCompleter))]
    public string? Pull { get; set; }

    /// <summary>The run's number.</summary>
    [Parameter]
    public long? Id { get; set; }

    /// <summary>Only runs that began from then on.</summary>
    [Parameter]
    [IsoDateTransformation]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Only runs of which a device failed.</summary>
    [Parameter]
    public SwitchParameter Failed { get; set; }

    /// <summary>How many runs at most.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? First { get; set; }

    /// <summary>The runs' devices, in place of the runs.</summary>
    [Parameter]
    public SwitchParameter Device { get; set; }

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        await using var store = await OpenStoreAsync(create: false, cancellationToken);
        if (store is not null)
        {
            var runs = await new PullRuns(store).FindAsync(Pull, Id, Since, cancellationToken);
            var chosen = runs.Where(run => !Failed || run.Failed > 0).Take(First ?? int.MaxValue).ToArray();
            if (!Device)
            {
                Emit(chosen, enumerate: true);
                return;
            }

            foreach (var run in chosen)
            {
                var devices = await new PullQueue(store).FindDevicesAsync(run.Id, cancellationToken);
                Emit(devices.Where(device => !Failed || device.State is NapterPullDeviceState.Failed or NapterPullDeviceState.GivenUp or NapterPullDeviceState.Lost).ToArray(), enumerate: true);
            }
        }
    }
}
