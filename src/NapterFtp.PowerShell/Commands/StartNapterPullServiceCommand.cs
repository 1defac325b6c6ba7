using System.Globalization;
using System.Management.Automation;
using NapterFtp.PowerShell.Jobs;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;
using NapterFtp.PowerShell.Sessions;
using NapterFtp.Pulls;
using NapterFtp.Pulls.Service;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Runs the schedules of a store until it is stopped, together with the other services of that store; returns a job whose output is one
/// object for each file and each device that it is done with.</summary>
[Cmdlet(VerbsLifecycle.Start, "NapterPullService", SupportsShouldProcess = true)]
[OutputType(typeof(NapterPullServiceJob))]
public sealed class StartNapterPullServiceCommand : ConnectedCmdlet
{
    /// <summary>The name, which is the job's too; else this computer's.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>The file of the store, or Host=…;Database=… of a PostgreSQL server.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Store { get; set; }

    /// <summary>The login at the PostgreSQL server.</summary>
    [Parameter]
    [Credential]
    public PSCredential? StoreCredential { get; set; }

    /// <summary>Devices at a time.</summary>
    [Parameter]
    [ValidateRange(1, 256)]
    public int ThrottleLimit { get; set; } = 16;

    /// <summary>The folders below which schedules may put files; else anywhere.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? AllowedDestination { get; set; }

    /// <summary>The folders below which lie the scripts that schedules may run with -OnCopied; else none may.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? AllowedScript { get; set; }

    /// <summary>The folder that a page about each run is written to.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ReportFolder { get; set; }

    /// <summary>The port of the page of metrics, for Prometheus; 0 for any that is free. None by default.</summary>
    [Parameter]
    [ValidateRange(0, 65535)]
    public int? MetricsPort { get; set; }

    /// <summary>The address of that page; * for all of this computer's.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string MetricsAddress { get; set; } = "127.0.0.1";

    /// <summary>A file that gets what happens as JSON, a line each.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? LogPath { get; set; }

    private protected override bool FailureTerminates => true;

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var (address, allowance, reports, log) = await OnPipelineAsync(
            () => (
                StoreNames.Find(this, Store, StoreCredential),
                new PullAllowance(AllowedDestination?.Select(this.LocalPath).ToList(), [.. (AllowedScript ?? []).Select(this.LocalPath)]),
                ReportFolder is null ? null : this.LocalPath(ReportFolder),
                LogPath is null ? null : this.LocalPath(LogPath)),
            cancellationToken);
        if (!await ShouldProcessAsync(address.Name, "Run the schedules of the store", cancellationToken))
        {
            return;
        }

        var connection = await GetConnectionAsync(cancellationToken);
        var scripts = new ServiceScripts(connection.Time);
        var options = new PullServiceOptions
        {
            Store = new StoreOptions { Address = address },
            Connection = connection,
            Owner = HistoryOwnerOptions.For(StoreNames.StateFolder),
            Name = UniqueName(),
            ThrottleLimit = ThrottleLimit,
            Allowance = allowance,
            ReportFolder = reports,
            Language = CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "ja" ? "ja" : "en",
            Monitoring = new PullMonitoringOptions { MetricsPort = MetricsPort, MetricsAddress = MetricsAddress, LogPath = log },
            FindLogin = scripts.FindLoginAsync,
            FindRouter = scripts.FindRouterAsync,
            RunScript = ServiceScripts.RunAsync,
        };
        var job = await NapterPullServiceJob.StartAsync(await DescribeAsync(cancellationToken), options, cancellationToken);
        await PublishAsync(
            job,
            $"""
            Service '{job.Name}' runs the schedules of {address}.
              What it does: Receive-Job -Name '{job.Name}' -Wait; Get-NapterPullService; Get-NapterPullRun
              To stop it:   Stop-NapterPullService -Name '{job.Name}' -Drain 5m
            """,
            cancellationToken);
        if (job.MetricsPage is not null && MetricsAddress is not ("127.0.0.1" or "::1" or "localhost"))
        {
            EmitWarning($"Whoever reaches this computer can read the metrics at {job.MetricsPage}, names of schedules among them.");
        }

        if (AllowedDestination is null && address.Path is null)
        {
            EmitWarning($"Whoever can write the store {address} can have this service write any file that this user may. Give -AllowedDestination to say where files may be put.");
        }
    }

    private string UniqueName()
    {
        var taken = ModuleState.Instance.Owned<NapterPullServiceJob>().Select(job => job.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (Name is { } name)
        {
            return !taken.Contains(name)
                ? name
                : throw new NapterFtpException(
                    "NameInUse", NapterFtpErrorKind.InUse, $"A service named '{name}' runs already.", "Give another -Name, or stop that one first.", name);
        }

        return Enumerable.Range(1, int.MaxValue)
            .Select(number => number == 1 ? Environment.MachineName : string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}#{number}"))
            .First(candidate => !taken.Contains(candidate));
    }
}
