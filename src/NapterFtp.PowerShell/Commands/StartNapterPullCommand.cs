using System.Globalization;
using System.Management.Automation;
using NapterFtp.Copy;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;
using NapterFtp.Pulls;
using NapterFtp.Pulls.Service;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Runs a schedule now: has a service do it and follows that, or does it in this process.</summary>
[Cmdlet(VerbsLifecycle.Start, "NapterPull", SupportsShouldProcess = true, DefaultParameterSetName = ServiceSet)]
[OutputType(typeof(NapterPullRun), ParameterSetName = [ServiceSet])]
[OutputType(typeof(NapterFtpTransfer), ParameterSetName = [HereSet])]
public sealed class StartNapterPullCommand : ConnectedCmdlet
{
    private const string ServiceSet = "Service";
    private const string HereSet = "Here";

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>The schedule's name.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(PullNameCompleter))]
    public string Name { get; set; } = string.Empty;

    /// <summary>Runs it in this process.</summary>
    [Parameter(Mandatory = true, ParameterSetName = HereSet)]
    public SwitchParameter Here { get; set; }

    /// <summary>The devices' FTP login, in place of what -CredentialName of the schedule names.</summary>
    [Parameter(ParameterSetName = HereSet)]
    [FtpCredential]
    public PSCredential? Credential { get; set; }

    /// <summary>Devices at a time.</summary>
    [Parameter(ParameterSetName = HereSet)]
    [ValidateRange(1, 256)]
    public int ThrottleLimit { get; set; } = 8;

    /// <summary>The file of the store, or Host=…;Database=… of a PostgreSQL server.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Store { get; set; }

    /// <summary>The login at the PostgreSQL server.</summary>
    [Parameter]
    [Credential]
    public PSCredential? StoreCredential { get; set; }

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var address = await OnPipelineAsync(() => StoreNames.Find(this, Store, StoreCredential), cancellationToken);
        await using var store = await PullStore.OpenAsync(new StoreOptions { Address = address, Create = false }, cancellationToken);
        var pull = await new PullSchedules(store).GetAsync(Name, cancellationToken);
        if (!IsWhatIf && !Here)
        {
            await FollowAsync(store, pull, cancellationToken);
            return;
        }

        var login = FtpLogins.Of(Credential ?? await PullLogins.FindAsync(pull, pull.CredentialName, name => FindSecretAsync(name, cancellationToken)));
        if (pull.Router is { } kept)
        {
            var found = await PullLogins.FindAsync(pull, pull.RouterCredentialName, name => FindSecretAsync(name, cancellationToken));
            pull = pull with { Router = PullRouter.LogIn(kept, found is null ? null : FtpLogins.Of(found)) };
        }

        var connection = await GetConnectionAsync(cancellationToken);
        if (IsWhatIf && pull.Router is { } router)
        {
            // A listing would have to be forwarded already.
            await TellCommandsAsync(connection, router, pull.DevicePort, cancellationToken);
            return;
        }

        var runner = new PullRunner(store, connection, HistoryOwnerOptions.For(StoreNames.StateFolder));
        if (IsWhatIf)
        {
            await runner.LookAsync(pull, login, ThrottleLimit, device => new PullSink(this, pull, device), cancellationToken);
            return;
        }

        var run = await runner.RunAsync(pull, store.Time.GetUtcNow(), login, ThrottleLimit, device => new PullSink(this, pull, device), cancellationToken);
        EmitVerbose($"Run {run.Id} of '{pull.Name}': {run.Done} of {run.Devices} devices done, {run.Failed} failed, {run.Files} files.");
    }

    /// <summary>Has a service run it, and shows how it goes.</summary>
    private async Task FollowAsync(PullStore store, NapterPull pull, CancellationToken cancellationToken)
    {
        if (!pull.Enabled)
        {
            throw new NapterFtpException(
                "PullDisabled",
                NapterFtpErrorKind.InvalidArgument,
                $"The schedule '{LocalNames.Printable(pull.Name)}' is disabled, so that no service runs it.",
                "Enable it with Enable-NapterPull, or run it in this process with -Here.",
                LocalNames.Printable(pull.Name));
        }

        await RequireServiceAsync(store, null, cancellationToken);
        if (!await ShouldProcessAsync(pull.Name, "Run the schedule", cancellationToken))
        {
            return;
        }

        var runs = new PullRuns(store);
        var id = await runs.QueueAsync(pull, store.Time.GetUtcNow(), cancellationToken);
        EmitForPerson($"Run {id} of '{pull.Name}' is queued for the service. Ctrl+C ends the watching, not the run: Get-NapterPullRun -Id {id} shows it.");
        NapterPullRun run;
        while ((run = (await runs.FindAsync(null, id, null, cancellationToken))[0]).Ended is null)
        {
            await RequireServiceAsync(store, run, cancellationToken);
            EmitProgress(Progress(run, ProgressRecordType.Processing));
            await Task.Delay(Look, store.Time, cancellationToken);
        }

        EmitProgress(Progress(run, ProgressRecordType.Completed));
        foreach (var device in (await new PullQueue(store).FindDevicesAsync(id, cancellationToken)).Where(device => device.Error is not null))
        {
            EmitError(
                new NapterFtpException(
                    "PullDeviceFailed",
                    NapterFtpErrorKind.Unexpected,
                    $"{device.SimId ?? device.Imsi}:{device.DevicePort}: {device.Error}",
                    $"Get-NapterPullHistory -RunId {id.ToString(CultureInfo.InvariantCulture)} shows its files; Test-NapterFtpDevice checks the way to it.",
                    device),
                device);
        }

        Emit(run);
    }

    /// <param name="store">The store.</param>
    /// <param name="run">What waits for it; null where nothing does yet.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private static async Task RequireServiceAsync(PullStore store, NapterPullRun? run, CancellationToken cancellationToken)
    {
        using var life = new HistoryOwner(HistoryOwnerOptions.For(StoreNames.StateFolder));
        if ((await new PullMembers(store).FindAsync(life, cancellationToken)).All(member => member.State != NapterPullServiceState.Running))
        {
            throw new NapterFtpException(
                "PullServiceNotRunning",
                NapterFtpErrorKind.NotFound,
                run is null
                    ? $"No service runs the schedules of {store.Address}; nothing was queued."
                    : $"No service runs the schedules of {store.Address} any more: run {run.Id.ToString(CultureInfo.InvariantCulture)} waits for one.",
                run is null
                    ? "Start one with Start-NapterPullService, here or on another computer; or run it in this process with -Here."
                    : "Start one with Start-NapterPullService; it goes on with the run.",
                store.Address.Name);
        }
    }

    private static ProgressRecord Progress(NapterPullRun run, ProgressRecordType type) => new(
        1,
        run.Pull,
        run.State == NapterPullRunState.Queued
            ? "waits for a service to find its devices"
            : string.Create(CultureInfo.CurrentCulture, $"{run.Done} of {run.Devices} devices done, {run.Failed} failed, {run.Files} files"))
    {
        PercentComplete = run.Devices == 0 ? 0 : (int)(100L * (run.Done + run.Failed) / run.Devices),
        RecordType = type,
    };

    private Task<PSCredential?> FindSecretAsync(string name, CancellationToken cancellationToken) => OnPipelineAsync(
        () => InvokeCommand.GetCommand(PullLogins.SecretCommand, CommandTypes.Cmdlet | CommandTypes.Function) is null
            ? null
            : InvokeCommand.InvokeScript("param($Name) Get-Secret -Name $Name -ErrorAction Ignore", name).Select(result => result?.BaseObject).OfType<PSCredential>().FirstOrDefault(),
        cancellationToken);

    private sealed class PullSink(StartNapterPullCommand cmdlet, NapterPull pull, PullDevice device) : ICopySink
    {
        public void Done(NapterFtpTransfer transfer) => cmdlet.Emit(transfer);

        public void Failed(NapterFtpException error) => cmdlet.EmitError(error, device.Target.ToString());

        public void Progressed(CopyProgress progress) => cmdlet.EmitProgress(new ProgressRecord(1, $"{pull.Name} {device.Target}", progress.File ?? "…")
        {
            PercentComplete = (int)Math.Clamp(100L * progress.FilesDone / Math.Max(progress.FilesTotal, 1), 0, 100),
        });

        public async ValueTask CopiedAsync(NapterFtpTransfer transfer, CancellationToken cancellationToken)
        {
            if (pull.OnCopied is { } script)
            {
                await OnCopiedScript.RunAsync(
                    () => cmdlet.OnPipelineAsync(() => ScriptBlock.Create("param($Script, $Transfer) & $Script $Transfer").Invoke(script, transfer), cancellationToken),
                    transfer);
            }
        }

        public async ValueTask<bool> ApproveAsync(string action, string target, CancellationToken cancellationToken) =>
            await cmdlet.ShouldProcessAsync(target, action, cancellationToken);
    }
}
