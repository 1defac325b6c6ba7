namespace NapterFtp.Pulls.Service;

/// <summary>Whoever wants to know what a service does: the job's output, metrics, logs. Called from many threads at once, and never to throw or
/// wait.</summary>
internal interface IPullObserver
{
    /// <summary>A run has its devices; told by the member that found them.</summary>
    void RunBegan(NapterPullRun run)
    {
    }

    /// <summary>A run has ended; told by one member, the one that did its last device or, where that has died, another.</summary>
    void RunEnded(NapterPullRun run)
    {
    }

    /// <summary>This member has begun with a device.</summary>
    void DeviceBegan(NapterPullDevice device)
    {
    }

    /// <summary>This member is done with a device for now; it may be tried again.</summary>
    void DeviceEnded(NapterPullDevice device)
    {
    }

    /// <summary>This member is done with a file.</summary>
    void FileEnded(NapterPullDevice device, NapterFtpTransfer transfer)
    {
    }

    /// <summary>What is still to be done in the whole store, every few seconds.</summary>
    void BacklogSeen(PullBacklog backlog)
    {
    }

    /// <summary>Something of the service itself failed; it goes on.</summary>
    void Troubled(NapterFtpException error)
    {
    }
}

/// <summary>What is still to be done in a store.</summary>
/// <param name="Queued">Runs without devices yet.</param>
/// <param name="Waiting">Devices that wait.</param>
/// <param name="Running">Devices that are under way, whoever has them.</param>
/// <param name="Members">Members that live.</param>
internal readonly record struct PullBacklog(int Queued, int Waiting, int Running, int Members);

/// <summary>Tells several.</summary>
internal sealed class PullObservers(IReadOnlyList<IPullObserver> all) : IPullObserver
{
    public void RunBegan(NapterPullRun run) => Tell(one => one.RunBegan(run));

    public void RunEnded(NapterPullRun run) => Tell(one => one.RunEnded(run));

    public void DeviceBegan(NapterPullDevice device) => Tell(one => one.DeviceBegan(device));

    public void DeviceEnded(NapterPullDevice device) => Tell(one => one.DeviceEnded(device));

    public void FileEnded(NapterPullDevice device, NapterFtpTransfer transfer) => Tell(one => one.FileEnded(device, transfer));

    public void BacklogSeen(PullBacklog backlog) => Tell(one => one.BacklogSeen(backlog));

    public void Troubled(NapterFtpException error) => Tell(one => one.Troubled(error));

    private void Tell(Action<IPullObserver> what)
    {
        foreach (var one in all)
        {
            what(one);
        }
    }
}
