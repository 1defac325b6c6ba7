using System.Management.Automation;
using NapterFtp.Copy;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>How its work is done in FTP sessions: what the pipeline brings is gathered, then done device by device, several at a time;
/// what is about one device is done in order and in one session.</summary>
public abstract partial class FtpCmdlet
{
    private readonly List<ItemTask> _tasks = [];
    private int _begun;

    /// <summary>Whether it works in sessions that commands hand on to each other; else it makes its own.</summary>
    private protected virtual bool SharesSessions => true;

    /// <summary>How long the device's ports are left open for the session's next command; 0 closes them at once.</summary>
    private protected virtual TimeSpan LingerTime => TimeSpan.Zero;

    /// <summary>Notes what is to be done at this record's device, in a session with it. The record's parameters are to be read before,
    /// for the next record changes them.</summary>
    private protected void AddTask(Func<SessionKeeper, CancellationToken, Task> work) =>
        _tasks.Add(new ItemTask(ChooseDevice(), MakeClientOptions(), work));

    private protected DeviceChoice ChooseDevice() => new(GetDevice()!, DevicePort, MapPorts(DevicePortMap), Credential);

    private protected override async Task BeginAsync(CancellationToken cancellationToken)
    {
        await base.BeginAsync(cancellationToken);
        if (SharesSessions)
        {
            State.Devices.Begin();
            _begun = 1;
        }
    }

    private protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        var devices = _tasks.GroupBy(task => task.Device).Select(tasks => new DeviceWork(
            tasks.Key, tasks.First().Client, (client, _, token) => RunAsync(client, tasks, token))).ToList();
        await RunDevicesAsync(devices, cancellationToken);

        // What was emitted may still be worked on, by commands that go on with each other's sessions.
        await OnPipelineAsync(() => true, cancellationToken);
        EndDevices();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // After the end nothing is left; but a pipeline stopped half-way has no end.
        if (disposing)
        {
            EndDevices();
        }

        base.Dispose(disposing);
    }

    /// <summary>Does the work at each device, several at a time.</summary>
    private protected async Task RunDevicesAsync(IReadOnlyList<DeviceWork> devices, CancellationToken cancellationToken)
    {
        if (devices.Count == 0)
        {
            return;
        }

        RefuseTooMany(devices.Count);
        var connection = await GetConnectionAsync(cancellationToken);
        if (devices.Count > 1 && IsWhatIf)
        {
            await TellCostAsync(connection, devices, cancellationToken);
            return;
        }

        if (IsWhatIf)
        {
            // A listing would have to be forwarded already.
            foreach (var (router, port) in devices.Select(work => (work.Device.Ports.Router, work.Device.Port)).Where(work => work.Router is not null))
            {
                await TellCommandsAsync(connection, router!, port, cancellationToken);
            }

            devices = [.. devices.Where(work => work.Device.Ports.Router is null)];
        }

        await RunFleetAsync(
            devices,
            work => work.Device.Label,
            async (work, bar, activity, token) =>
            {
                var client = await State.Devices.TakeAsync(connection, work.Device.Target, work.Device.Port, work.Client, activity);
                client.PortLinger = LingerTime;
                try
                {
                    await work.Run(client, bar, token);
                }
                finally
                {
                    State.Devices.Return(connection, client);
                }
            },
            connection.Time,
            cancellationToken);
    }

    /// <summary>The ports that each device takes at the least: one for the dialogue, one for a listing.</summary>
    private protected virtual int PortsEach => 2;

    /// <summary>Says what it would cost, and reaches no device: the first port of a month may be charged.</summary>
    private async Task TellCostAsync(NapterConnection connection, IReadOnlyList<DeviceWork> devices, CancellationToken cancellationToken)
    {
        var cost = await FleetCost.EstimateAsync(connection, [.. devices.Select(work => work.Device.Target).Distinct()], PortsEach, cancellationToken);
        var text = $"{MyInvocation.MyCommand.Name}: {cost}.";
        await OnPipelineAsync(() => ShouldProcess(text, text, MyInvocation.MyCommand.Name), cancellationToken);
    }

    private void EndDevices()
    {
        if (Interlocked.Exchange(ref _begun, 0) == 1)
        {
            State.Devices.End();
        }
    }

    private async Task RunAsync(DeviceClient client, IEnumerable<ItemTask> tasks, CancellationToken cancellationToken)
    {
        await using var keeper = new SessionKeeper(client, RetryPolicy.None);
        foreach (var task in tasks)
        {
            try
            {
                await task.Work(keeper, cancellationToken);
            }
            catch (Exception exception) when (
                exception is not RuntimeException && !(exception is OperationCanceledException && cancellationToken.IsCancellationRequested))
            {
                // One device's trouble is not the others'. The keeper knows whether its session can go on, unless this was unforeseen.
                EmitError(exception, exception is NapterFtpException ? null : client.Device.ToString());
                if (exception is not NapterFtpException)
                {
                    await keeper.AbandonAsync();
                }
            }
        }
    }

    private sealed record ItemTask(DeviceChoice Device, FtpClientOptions Client, Func<SessionKeeper, CancellationToken, Task> Work);

    /// <summary>A device's FTP server and who logs in there.</summary>
    private protected sealed record DeviceChoice(DeviceTarget Target, int Port, Ftp.DevicePortMap Ports, PSCredential? Credential)
    {
        /// <summary>The device and port, for messages.</summary>
        public string Label => Ports.Label(Target, Port);
    }

    /// <summary>What is to be done at one device; it reports its own failures.</summary>
    private protected sealed record DeviceWork(
        DeviceChoice Device, FtpClientOptions Client, Func<DeviceClient, FleetBars.DeviceBar, CancellationToken, Task> Run);
}
