using System.Management.Automation;
using NapterFtp.Entries;
using NapterFtp.PowerShell.Jobs;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Watching;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>A cmdlet that shows the running jobs of one kind, once or for as long as they run.</summary>
public abstract class GetRelayCmdlet : AsyncCmdlet
{
    private readonly HashSet<string> _watched = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Names; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RelayNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <summary>Shows their ports, with rates, until Ctrl+C or until none runs any more.</summary>
    [Parameter]
    public SwitchParameter Watch { get; set; }

    /// <summary>How often -Watch looks.</summary>
    [Parameter]
    [TimeSpanTransformation]
    [ValidateTimeSpan("00:00:00.1", "01:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The running jobs of the names; called on the pipeline's thread.</summary>
    private protected abstract IEnumerable<RelayJob> Find(string[] names);

    /// <summary>What the cmdlet gives for a job.</summary>
    private protected abstract object SnapshotOf(RelayJob job);

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        foreach (var job in await OnPipelineAsync(() => Find(Name).ToArray(), cancellationToken))
        {
            if (Watch)
            {
                _watched.Add(job.Name);
            }
            else
            {
                Emit(SnapshotOf(job));
            }
        }
    }

    private protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        if (_watched.Count == 0)
        {
            return;
        }

        var time = TimeProvider.System;
        var watch = new EntryWatch(time);
        var screen = await OnPipelineAsync(() => MyInvocation.PipelinePosition == MyInvocation.PipelineLength ? LiveScreen.Find(Host) : null, cancellationToken);
        var shown = new Dictionary<string, NapterPortActivity>();
        while (await OnPipelineAsync(() => Find(["*"]).Where(job => _watched.Contains(job.Name)).ToArray(), cancellationToken) is { Length: > 0 } jobs)
        {
            var ports = jobs.Select(job => job.Connection).Distinct().SelectMany(connection => connection.Ports.Snapshot());
            var seen = watch.Look(ports.Where(port => port.Proxy is { } name && _watched.Contains(name)));
            if (screen is not null)
            {
                var names = jobs.Select(job => job.Name).ToArray();
                await OnPipelineAsync(() => screen.Draw(names, seen), cancellationToken);
            }
            else
            {
                EmitChanges(seen, shown);
            }

            await Task.Delay(Interval, time, cancellationToken);
        }
    }

    /// <summary>Where nothing can be overwritten, what stands still is not said again.</summary>
    private void EmitChanges(IReadOnlyList<NapterPortActivity> seen, Dictionary<string, NapterPortActivity> shown)
    {
        foreach (var port in seen)
        {
            var known = shown.GetValueOrDefault(port.PortId!);
            if (known is null || (known.State, known.Command, known.BytesFromDevice, known.BytesToDevice)
                != (port.State, port.Command, port.BytesFromDevice, port.BytesToDevice))
            {
                Emit(port);
            }

            shown[port.PortId!] = port;
        }
    }
}
