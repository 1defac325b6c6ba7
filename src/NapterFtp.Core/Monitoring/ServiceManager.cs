using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace NapterFtp.Monitoring;

/// <summary>Tells systemd how a service of <c>Type=notify</c> is: that it is ready, what it does, that it stops, and, with
/// <c>WatchdogSec=</c>, that it still works (sd_notify(3), sd_watchdog_enabled(3)).</summary>
/// <remarks>One datagram is all that this takes; the library that has it brings fourteen others with it. Where no service manager
/// listens nothing is sent.</remarks>
internal sealed class ServiceManager : IDisposable
{
    private readonly Socket? _socket;
    private readonly UnixDomainSocketEndPoint? _manager;
    private readonly ITimer? _watchdog;

    /// <param name="environment">Reads a variable of the environment: <c>NOTIFY_SOCKET</c>, <c>WATCHDOG_USEC</c>, <c>WATCHDOG_PID</c>.</param>
    /// <param name="trouble">Why the service cannot do its work now, or null where it can: only then the watchdog is told.</param>
    /// <param name="time">The clock of the watchdog.</param>
    public ServiceManager(Func<string, string?> environment, Func<string?> trouble, TimeProvider time)
    {
        if (environment("NOTIFY_SOCKET") is not { Length: > 1 } path || OperatingSystem.IsWindows())
        {
            return;
        }

        // @ stands for the zero byte of an abstract socket.
        _manager = new UnixDomainSocketEndPoint(path[0] == '@' ? '\0' + path[1..] : path);
        _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        if (WatchdogInterval(environment) is { } interval)
        {
            _watchdog = time.CreateTimer(_ => Watch(trouble()), null, interval, interval);
        }
    }

    /// <summary>The service does its work from now on.</summary>
    public void Ready(string status) => Send("READY=1", Status(status));

    /// <summary>What the service does now, in one line, as <c>systemctl status</c> shows it.</summary>
    public void Say(string status) => Send(Status(status));

    /// <summary>The service is about to end.</summary>
    public void Stopping() => Send("STOPPING=1");

    public void Dispose()
    {
        _watchdog?.Dispose();
        _socket?.Dispose();
    }

    private void Watch(string? trouble)
    {
        if (trouble is null)
        {
            Send("WATCHDOG=1");
        }
        else
        {
            Say(trouble);
        }
    }

    private void Send(params string[] assignments)
    {
        try
        {
            _socket?.SendTo(Encoding.UTF8.GetBytes(string.Join('\n', assignments)), _manager!);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // A manager that does not listen is told nothing; its own limits decide what becomes of the service.
        }
    }

    private static string Status(string status) => "STATUS=" + status.ReplaceLineEndings(" ");

    /// <summary>Half of the time after which the manager takes the service for hung, as sd_watchdog_enabled(3) recommends.</summary>
    private static TimeSpan? WatchdogInterval(Func<string, string?> environment)
    {
        var isForUs = environment("WATCHDOG_PID") is not { Length: > 0 } process
            || process == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        return isForUs && long.TryParse(environment("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 1
            ? TimeSpan.FromMicroseconds(limit / 2)
            : null;
    }
}
