using NapterFtp.Monitoring;

namespace NapterFtp.Pulls.Service;

/// <summary>Writes what a member of a service does as JSON lines.</summary>
internal sealed class PullLog(JsonLog log) : IPullObserver
{
    public void RunBegan(NapterPullRun run) => log.Write("information", "runBegan", Run(run));

    public void RunEnded(NapterPullRun run) => log.Write(run.Failed == 0 ? "information" : "warning", "runEnded", Run(run));

    public void DeviceBegan(NapterPullDevice device) => log.Write("debug", "deviceBegan", Device(device));

    public void DeviceEnded(NapterPullDevice device) => log.Write(
        device.Error is null ? "information" : "warning",
        "deviceEnded",
        [
            .. Device(device), ("state", device.State), ("attempts", device.Attempts), ("files", device.Files), ("bytes", device.Bytes),
            ("nextTry", device.NextTry), ("error", device.Error),
        ]);

    public void FileEnded(NapterPullDevice device, NapterFtpTransfer transfer) => log.Write(
        transfer.Error is null ? "information" : "warning",
        "file",
        [
            .. Device(device), ("source", transfer.Source), ("destination", transfer.Destination), ("status", transfer.Status), ("length", transfer.Length),
            ("transferred", transfer.Transferred), ("seconds", transfer.Duration), ("verified", transfer.Verified), ("hash", transfer.Hash),
            ("error", transfer.Error),
        ]);

    public void Troubled(NapterFtpException error) =>
        log.Write("error", "trouble", ("errorId", error.ErrorId), ("error", error.Message), ("advice", error.Advice));

    private static IEnumerable<(string Name, object? Value)> Run(NapterPullRun run) =>
    [
        ("pull", run.Pull), ("run", run.Id), ("scheduled", run.Scheduled), ("devices", run.Devices), ("done", run.Done), ("failed", run.Failed),
        ("files", run.Files), ("bytes", run.Bytes), ("error", run.Error),
    ];

    private static IEnumerable<(string Name, object? Value)> Device(NapterPullDevice device) =>
        [("pull", device.Pull), ("run", device.RunId), ("imsi", device.Imsi), ("simId", device.SimId), ("name", device.Name), ("devicePort", device.DevicePort)];
}
