using NapterFtp.Copy;

namespace NapterFtp.Pulls;

/// <summary>Runs a schedule in this process.</summary>
/// <param name="store">The store.</param>
/// <param name="connection">The way to the devices.</param>
/// <param name="owner">Where this process shows that it lives.</param>
internal sealed class PullRunner(PullStore store, NapterConnection connection, HistoryOwnerOptions owner)
{
    /// <summary>Runs it now.</summary>
    /// <param name="pull">The schedule.</param>
    /// <param name="scheduled">The time that it runs for. A run that was broken off goes on where the time is the same.</param>
    /// <param name="login">The devices' FTP login.</param>
    /// <param name="limit">Devices at a time.</param>
    /// <param name="sinkOf">Gives what hears of each device.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <returns>The run.</returns>
    public async Task<NapterPullRun> RunAsync(
        NapterPull pull, DateTimeOffset scheduled, FtpLogin login, int limit, Func<PullDevice, ICopySink> sinkOf, CancellationToken cancellationToken)
    {
        var runs = new PullRuns(store);
        using var life = new HistoryOwner(owner);
        life.Begin();
        var worker = PullWorker.Of(life);
        var run = await runs.BeginAsync(pull, scheduled, cancellationToken);
        using var history = new PullHistory(store, owner, new PullOrigin(pull.Name, run));
        var devices = await PullWork.FindDevicesAsync(pull, connection, history, cancellationToken);
        await runs.FreezeAsync(run, devices, cancellationToken);
        await runs.FreeDeadAsync(run, worker.Computer, other => life.IsAlive(other.Id, other.Process, other.ProcessStarted), cancellationToken);
        var work = new DevicePull(store, connection, worker, owner, retry: null);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var renewal = RenewAsync(runs, worker, ended.Token);
        try
        {
            await new FleetRunner(limit, connection.Time).RunAsync(
                devices, (device, activity, token) => RunAsync(work, new DeviceTask(run, pull, device, _ => ValueTask.FromResult(login)), sinkOf(device), activity, token), cancellationToken);
        }
        finally
        {
            await ended.CancelAsync();
            await renewal;
        }

        await runs.EndAsync(run, cancellationToken);
        return (await runs.FindAsync(null, run, null, cancellationToken))[0];
    }

    /// <summary>Tells what a run would do, and does nothing.</summary>
    public async Task LookAsync(NapterPull pull, FtpLogin login, int limit, Func<PullDevice, ICopySink> sinkOf, CancellationToken cancellationToken)
    {
        using var written = new PullHistory(store, owner, new PullOrigin(pull.Name, null));
        var history = new LookingHistory(written);
        var devices = await PullWork.FindDevicesAsync(pull, connection, history, cancellationToken);
        await new FleetRunner(limit, connection.Time).RunAsync(
            devices,
            (device, activity, token) => DevicePull.CopyAsync(
                connection, new DeviceTask(0, pull, device, _ => ValueTask.FromResult(login)), history, new PullTallySink(sinkOf(device)), activity, token),
            cancellationToken);
    }

    private static async Task RunAsync(DevicePull work, DeviceTask task, ICopySink sink, Activity activity, CancellationToken cancellationToken)
    {
        if ((await work.RunAsync(task, sink, activity, cancellationToken)).Claim == PullClaim.Busy)
        {
            sink.Failed(new NapterFtpException(
                "PullDeviceBusy",
                NapterFtpErrorKind.InUse,
                $"{task.Pull.Ports.Label(task.Device.Target, task.Pull.DevicePort)} is being pulled from by another run.",
                "Wait for its end; Get-NapterPullRun shows it. What a killed process on another computer had is free after two minutes.",
                task.Device.Target.ToString()));
        }
    }

    private async Task RenewAsync(PullRuns runs, PullWorker worker, CancellationToken cancellationToken)
    {
        try
        {
            using var timer = new PeriodicTimer(PullRuns.Renewal, connection.Time);
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                await runs.RenewAsync(worker.Id, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
        }
        catch (NapterFtpException)
        {
            // The store is away for long: what is copied next says so itself.
        }
    }
}
