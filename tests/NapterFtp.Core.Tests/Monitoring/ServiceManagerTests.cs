using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using NapterFtp.Monitoring;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Monitoring;

/// <summary>What systemd's socket hears (sd_notify(3)).</summary>
public sealed class ServiceManagerTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly FakeTimeProvider _time = new();
    private readonly Dictionary<string, string?> _environment = [];
    private Socket? _manager;
    private string? _trouble;

    [Fact]
    public void A_service_says_that_it_is_ready_what_it_does_and_that_it_stops()
    {
        SkipWithoutUnixSockets();
        Listen(_folder.File("notify"), _folder.File("notify"));
        using var service = Service();

        service.Ready("waits for 3 schedules");
        service.Say("pulls from 2 devices\nof 10");
        service.Stopping();

        Assert.Equal("READY=1\nSTATUS=waits for 3 schedules", Heard());
        Assert.Equal("STATUS=pulls from 2 devices of 10", Heard());
        Assert.Equal("STOPPING=1", Heard());
    }

    [Fact]
    public void An_abstract_socket_is_reached()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "abstract sockets are Linux' own");
        var name = $"napterftp-{Guid.NewGuid():N}";
        Listen('@' + name, '\0' + name);
        using var service = Service();

        service.Stopping();

        Assert.Equal("STOPPING=1", Heard());
    }

    [Fact]
    public void The_watchdog_hears_of_a_service_that_works_twice_in_its_time_and_of_one_in_trouble_why_only()
    {
        SkipWithoutUnixSockets();
        Listen(_folder.File("notify"), _folder.File("notify"));
        _environment["WATCHDOG_USEC"] = "30000000";
        _environment["WATCHDOG_PID"] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        using var service = Service();

        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal("WATCHDOG=1", Heard());
        _trouble = "the store does not answer";
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal("STATUS=the store does not answer", Heard());
        _trouble = null;
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal("WATCHDOG=1", Heard());
    }

    [Fact]
    public void A_watchdog_for_another_process_is_not_answered_by_this_one()
    {
        SkipWithoutUnixSockets();
        Listen(_folder.File("notify"), _folder.File("notify"));
        _environment["WATCHDOG_USEC"] = "30000000";
        _environment["WATCHDOG_PID"] = "1";
        using var service = Service();

        _time.Advance(TimeSpan.FromMinutes(1));
        service.Stopping();

        Assert.Equal("STOPPING=1", Heard());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("/nowhere/at/all")]
    public void Without_a_manager_nothing_happens(string? socket)
    {
        _environment["NOTIFY_SOCKET"] = socket;
        using var service = Service();

        service.Ready("waits");
        service.Stopping();
    }

    public void Dispose()
    {
        _manager?.Dispose();
        _folder.Dispose();
    }

    private static void SkipWithoutUnixSockets() =>
        Assert.SkipWhen(OperatingSystem.IsWindows(), "systemd is not on Windows");

    private ServiceManager Service() => new(_environment.GetValueOrDefault, () => _trouble, _time);

    private void Listen(string variable, string path)
    {
        _environment["NOTIFY_SOCKET"] = variable;
        _manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 30_000 };
        _manager.Bind(new UnixDomainSocketEndPoint(path));
    }

    private string Heard()
    {
        var buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, _manager!.Receive(buffer));
    }
}
