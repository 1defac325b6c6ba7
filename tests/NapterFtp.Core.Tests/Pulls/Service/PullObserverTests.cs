using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using NapterFtp.Monitoring;
using NapterFtp.Pulls.Service;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Pulls.Service;

/// <summary>What those who watch a service hear of it: the page, the log, the service manager.</summary>
public sealed class PullObserverTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 10, 5, 2, 30, 0, TimeSpan.Zero);

    private static readonly NapterPullDevice Device = new()
    {
        RunId = 7, Pull = "observed", Imsi = "001010000000001", DevicePort = 21, State = NapterPullDeviceState.Done, Attempts = 1, Files = 2, Bytes = 3000,
        Started = Start, Ended = Start.AddSeconds(4),
    };

    private static readonly NapterFtpTransfer Transfer = new()
    {
        Source = "/log/a.csv", Destination = "/pulled/a.csv", Length = 1500, Transferred = 1500, Status = NapterFtpTransferStatus.Copied, Verified = true,
        Duration = TimeSpan.FromSeconds(1.5),
    };

    private readonly FakeTimeProvider _time = new(Start);
    private readonly ScratchFolder _folder = new();

    [Fact]
    public async Task The_page_counts_devices_files_and_bytes_of_each_schedule_and_shows_the_backlog()
    {
        var metrics = new PullMetrics();
        using var export = MetricsExport.Start(new MetricsOptions { Port = 0, Instance = "here", Trouble = () => null });

        metrics.FileEnded(Device, Transfer);
        metrics.DeviceEnded(Device);
        metrics.DeviceEnded(Device with { State = NapterPullDeviceState.Waiting, Error = "gone" });
        metrics.BacklogSeen(new PullBacklog(Queued: 1, Waiting: 20, Running: 3, Members: 2));
        using var http = new HttpClient();
        var page = await http.GetStringAsync(export.Page, TestContext.Current.CancellationToken);

        string[] expected =
        [
            """napterftp_pull_files_total{napterftp_outcome="copied",napterftp_pull_name="observed"} 1""",
            """napterftp_pull_bytes_total{napterftp_pull_name="observed"} 1500""",
            """napterftp_pull_devices_total{napterftp_outcome="done",napterftp_pull_name="observed"} 1""",
            """napterftp_pull_devices_total{napterftp_outcome="retried",napterftp_pull_name="observed"} 1""",
            """napterftp_pull_device_duration_seconds_sum{napterftp_pull_name="observed"} 8""",
        ];
        Assert.Empty(expected.Except(page.Split('\n')));
        Assert.Matches("""(?m)^napterftp_pull_backlog\{napterftp_state="waiting"\} \d+$""", page);
        Assert.Matches("""(?m)^napterftp_pull_members(\{\})? \d+$""", page);
    }

    [Fact]
    public void The_log_has_a_line_for_each_file_device_and_run()
    {
        var path = _folder.File("service.jsonl");
        using (var file = JsonLog.Open(path, _time))
        {
            var log = new PullLog(file);
            log.RunBegan(new NapterPullRun { Id = 7, Pull = "observed", Scheduled = Start, Devices = 1 });
            log.FileEnded(Device, Transfer);
            log.DeviceEnded(Device with { State = NapterPullDeviceState.Failed, Error = "The device does not answer." });
        }

        var lines = File.ReadAllLines(path).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(["runBegan", "file", "deviceEnded"], lines.Select(line => line.GetProperty("event").GetString()));
        Assert.Equal(["information", "information", "warning"], lines.Select(line => line.GetProperty("level").GetString()));
        Assert.All(lines, line => Assert.Equal(("observed", 7), (line.GetProperty("pull").GetString(), line.GetProperty("run").GetInt32())));
        Assert.Equal("/log/a.csv", lines[1].GetProperty("source").GetString());
        Assert.Equal(1.5, lines[1].GetProperty("seconds").GetDouble());
        Assert.Equal("The device does not answer.", lines[2].GetProperty("error").GetString());
    }

    [Fact]
    public void A_member_whose_store_is_silent_for_longer_than_a_restart_takes_cannot_work_until_it_answers_again()
    {
        using var watch = new PullWatch("db", _ => null, _time);
        Assert.Null(watch.Trouble());

        watch.Troubled(new NapterFtpException("StoreUnreachable", NapterFtpErrorKind.Connection, "Connection refused."));
        _time.Advance(TimeSpan.FromSeconds(90));
        Assert.Null(watch.Trouble());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("The store 'db' has not answered for 91 s. Connection refused.", watch.Trouble());

        watch.BacklogSeen(default);
        Assert.Null(watch.Trouble());
    }

    [Fact]
    public void The_service_manager_hears_what_a_member_does_once_for_each_change()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "systemd is not on Windows");
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 30_000 };
        manager.Bind(new UnixDomainSocketEndPoint(_folder.File("notify")));
        using var watch = new PullWatch("db", name => name == "NOTIFY_SOCKET" ? _folder.File("notify") : null, _time);

        watch.Ready();
        watch.DeviceBegan(Device);
        watch.BacklogSeen(new PullBacklog(0, 20, 3, 2));
        watch.BacklogSeen(new PullBacklog(0, 20, 3, 2));
        watch.Stopping();

        Assert.Equal("READY=1\nSTATUS=ready", Heard(manager));
        Assert.Equal("STATUS=1 devices here, 3 in all, 20 waiting; members: 2", Heard(manager));
        Assert.Equal("STOPPING=1", Heard(manager));
    }

    public void Dispose() => _folder.Dispose();

    private static string Heard(Socket manager)
    {
        var buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, manager.Receive(buffer));
    }
}
