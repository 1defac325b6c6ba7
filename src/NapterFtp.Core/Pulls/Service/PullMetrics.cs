using System.Diagnostics.Metrics;
using NapterFtp.Diagnostics;

namespace NapterFtp.Pulls.Service;

/// <summary>Counts what a member of a service does, on the meter <c>NapterFtp</c>.</summary>
/// <remarks>
/// <list type="table">
/// <item><term><c>napterftp.pull.runs</c></term><description>counter, {run}: runs ended, by <c>napterftp.pull.name</c> and <c>napterftp.outcome</c> (done, failed)</description></item>
/// <item><term><c>napterftp.pull.devices</c></term><description>counter, {device}: devices that this member is done with for now, by <c>napterftp.pull.name</c> and
/// <c>napterftp.outcome</c> (done, failed, given_up, lost, retried)</description></item>
/// <item><term><c>napterftp.pull.device.duration</c></term><description>histogram, s: what a device took, by <c>napterftp.pull.name</c></description></item>
/// <item><term><c>napterftp.pull.files</c></term><description>counter, {file}, by <c>napterftp.pull.name</c> and <c>napterftp.outcome</c> (copied, skipped, failed, …)</description></item>
/// <item><term><c>napterftp.pull.bytes</c></term><description>counter, By: bytes fetched, repeated attempts included, by <c>napterftp.pull.name</c></description></item>
/// <item><term><c>napterftp.pull.backlog</c></term><description>gauge, {device}: devices of the whole store, by <c>napterftp.state</c> (waiting, running)</description></item>
/// <item><term><c>napterftp.pull.queued</c></term><description>gauge, {run}: runs of the whole store that have no devices yet</description></item>
/// <item><term><c>napterftp.pull.members</c></term><description>gauge, {member}: members of the whole service that live</description></item>
/// <item><term><c>napterftp.pull.troubles</c></term><description>counter, {error}: what failed of the service itself, by <c>error.type</c></description></item>
/// </list>
/// </remarks>
internal sealed class PullMetrics : IPullObserver
{
    private const string Name = "napterftp.pull.name";
    private const string Outcome = "napterftp.outcome";
    private const string State = "napterftp.state";

    private static readonly Counter<long> Runs =
        NapterFtpDiagnostics.Meter.CreateCounter<long>("napterftp.pull.runs", "{run}", "Runs of schedules that ended.");

    private static readonly Counter<long> Devices =
        NapterFtpDiagnostics.Meter.CreateCounter<long>("napterftp.pull.devices", "{device}", "Devices that this member is done with for now.");

    private static readonly Histogram<double> Duration =
        NapterFtpDiagnostics.CreateDuration("napterftp.pull.device.duration", "Time from the beginning with a device to its end.");

    private static readonly Counter<long> Files =
        NapterFtpDiagnostics.Meter.CreateCounter<long>("napterftp.pull.files", "{file}", "Files by what became of them.");

    private static readonly Counter<long> Bytes =
        NapterFtpDiagnostics.Meter.CreateCounter<long>("napterftp.pull.bytes", "By", "Bytes fetched, repeated attempts included.");

    private static readonly Gauge<int> Backlog =
        NapterFtpDiagnostics.Meter.CreateGauge<int>("napterftp.pull.backlog", "{device}", "Devices of the whole store that wait or are under way.");

    private static readonly Gauge<int> Queued =
        NapterFtpDiagnostics.Meter.CreateGauge<int>("napterftp.pull.queued", "{run}", "Runs of the whole store that have no devices yet.");

    private static readonly Gauge<int> Members =
        NapterFtpDiagnostics.Meter.CreateGauge<int>("napterftp.pull.members", "{member}", "Members of the whole service that live.");

    private static readonly Counter<long> Troubles =
        NapterFtpDiagnostics.Meter.CreateCounter<long>("napterftp.pull.troubles", "{error}", "What failed of the service itself.");

    public void RunEnded(NapterPullRun run) => Runs.Add(1, new(Name, run.Pull), new(Outcome, run.Failed == 0 ? "done" : "failed"));

    public void DeviceEnded(NapterPullDevice device)
    {
        var outcome = device.State switch
        {
            NapterPullDeviceState.Done => "done",
            NapterPullDeviceState.Failed => "failed",
            NapterPullDeviceState.GivenUp => "given_up",
            NapterPullDeviceState.Lost => "lost",
            _ => "retried",
        };
        Devices.Add(1, new(Name, device.Pull), new(Outcome, outcome));
        if (device is { Started: { } started, Ended: { } ended })
        {
            Duration.Record((ended - started).TotalSeconds, new KeyValuePair<string, object?>(Name, device.Pull));
        }
    }

    public void FileEnded(NapterPullDevice device, NapterFtpTransfer transfer)
    {
        Files.Add(1, new(Name, device.Pull), new(Outcome, transfer.Status.ToString().ToLowerInvariant()));
        Bytes.Add(transfer.Transferred, new KeyValuePair<string, object?>(Name, device.Pull));
    }

    public void BacklogSeen(PullBacklog backlog)
    {
        Backlog.Record(backlog.Waiting, new KeyValuePair<string, object?>(State, "waiting"));
        Backlog.Record(backlog.Running, new KeyValuePair<string, object?>(State, "running"));
        Queued.Record(backlog.Queued);
        Members.Record(backlog.Members);
    }

    public void Troubled(NapterFtpException error) => Troubles.Add(1, new KeyValuePair<string, object?>("error.type", error.ErrorId));
}
