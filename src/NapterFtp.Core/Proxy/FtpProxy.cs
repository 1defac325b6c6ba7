using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;
using NapterFtp.Ports;
using NapterFtp.Transport;

namespace NapterFtp.Proxy;

/// <summary>Listens for FTP clients and relays each to the device's FTP server.</summary>
internal sealed class FtpProxy : IAsyncDisposable
{
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(10);

    private readonly SessionServices _services;
    private readonly LocalListener _listener;
    private readonly ProxyCounters _counters;
    private readonly CancellationTokenSource _abort = new();
    private readonly ConcurrentDictionary<ControlSession, Task> _sessions = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly DateTimeOffset _started;
    private readonly Task _accepting;
    private long _sessionCount;
    private volatile NapterFtpProxyState _state = NapterFtpProxyState.Listening;
    private int _stopping;

    private FtpProxy(SessionServices services, LocalListener listener, ProxyCounters counters)
    {
        _services = services;
        _listener = listener;
        _counters = counters;
        _started = services.Time.GetUtcNow();
        _accepting = AcceptAsync();
    }

    /// <summary>The name in events and lists.</summary>
    public string Name => _services.ProxyName;

    /// <summary>The device.</summary>
    public DeviceTarget Device => _services.Options.Device;

    /// <summary>Where FTP clients connect; the real port.</summary>
    public IPEndPoint ListenEndPoint => _listener.EndPoint;

    /// <summary>Ends when the proxy has stopped and holds no port.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Starts a proxy on a connection.</summary>
    /// <inheritdoc cref="StartAsync(PortManager, IGatewayDialer, FtpProxyOptions, TimeProvider, ILoggerFactory, Action{NapterPortEvent}, CancellationToken)"/>
    public static Task<FtpProxy> StartAsync(
        NapterConnection connection,
        FtpProxyOptions options,
        Action<NapterPortEvent>? observer,
        CancellationToken cancellationToken) =>
        StartAsync(connection.Ports, connection.Dialer, options, connection.Time, connection.Loggers, observer, cancellationToken);

    /// <summary>Opens the control port, so that a wrong device shows at once, and listens.</summary>
    /// <param name="ports">Where Napter ports come from.</param>
    /// <param name="dialer">Connects to the gateway.</param>
    /// <param name="options">How to listen and relay.</param>
    /// <param name="time">The clock of every wait.</param>
    /// <param name="loggers">Where the dialogue goes, secrets masked.</param>
    /// <param name="observer">Gets the events of the proxy's ports from the first on; null for none.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    /// <exception cref="NapterFtpException">What <see cref="LocalListener.Start"/> and SORACOM report.</exception>
    public static async Task<FtpProxy> StartAsync(
        PortManager ports,
        IGatewayDialer dialer,
        FtpProxyOptions options,
        TimeProvider time,
        ILoggerFactory loggers,
        Action<NapterPortEvent>? observer,
        CancellationToken cancellationToken)
    {
        // The listener first: a port in use is found out without a call to SORACOM.
        var listener = LocalListener.Start(new IPEndPoint(options.ListenAddress, options.Port));
        var name = options.Name ?? string.Create(CultureInfo.InvariantCulture, $"{options.Device}:{options.DevicePort}");
        var counters = new ProxyCounters(ports, name, observer);
        var control = new SharedPort(ports, ControlRequest(name, options, listener.EndPoint), new SharedPortOptions { IdleTime = options.ControlLinger }, time);
        try
        {
            (await control.AcquireAsync(cancellationToken)).Release();
        }
        catch
        {
            listener.Dispose();
            await control.DisposeAsync();
            counters.Dispose();
            throw;
        }

        var services = new SessionServices
        {
            ProxyName = name,
            Options = options,
            Ports = ports,
            ControlPort = control,
            Dialer = dialer,
            PassivePorts = new PassivePortPool(options.PassivePorts),
            LocalTls = LocalTls.CreateOptions(options.TlsCertificate),
            Time = time,
            Logger = loggers.CreateLogger("NapterFtp.Proxy"),
        };
        return new FtpProxy(services, listener, counters);
    }

    /// <summary>The proxy and its counters now.</summary>
    public NapterFtpProxy Snapshot() => _counters.Fill(new NapterFtpProxy
    {
        Name = Name,
        Imsi = Device.Imsi,
        SimId = Device.SimId,
        DevicePort = _services.Options.DevicePort,
        ListenEndPoint = ListenEndPoint,
        State = _state,
        Sessions = _sessions.Count,
        TotalSessions = Interlocked.Read(ref _sessionCount),
        Started = _started,
    });

    /// <summary>Takes no new client, ends sessions without a transfer, gives running transfers time, then ends them too and
    /// closes every port. Never throws.</summary>
    /// <param name="drain">How long running transfers may go on; zero ends them at once.</param>
    /// <param name="cancellationToken">Cuts the drain short.</param>
    public async Task StopAsync(TimeSpan drain, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _stopping, 1) != 0)
        {
            await _completion.Task;
            return;
        }

        _state = NapterFtpProxyState.Stopping;
        _listener.Dispose();
        foreach (var session in _sessions.Keys)
        {
            session.RequestStop();
        }

        try
        {
            await Task.WhenAll(_sessions.Values).WaitAsync(drain, _services.Time, cancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            _services.Logger.LogInformation("Proxy {Proxy} ends the transfers that still run.", Name);
        }

        await _abort.CancelAsync();
        await _accepting;
        await Task.WhenAll(_sessions.Values);
        await _services.ControlPort.DisposeAsync();
        await _services.Ports.CloseAllAsync(Name, CloseLimit);
        _counters.Dispose();
        _state = NapterFtpProxyState.Stopped;
        _completion.TrySetResult();
        _abort.Dispose();
    }

    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.Zero, CancellationToken.None);

    private static PortRequest ControlRequest(string name, FtpProxyOptions options, IPEndPoint listening) => new()
    {
        Device = options.Device,
        DevicePort = options.DevicePort,
        Kind = NapterPortKind.Control,
        Proxy = name,
        LocalEndPoint = listening,
        Duration = options.PortDuration,
        SourceRanges = options.SourceRanges,
    };

    private async Task AcceptAsync()
    {
        while (await _listener.AcceptAsync(CancellationToken.None) is { } socket)
        {
            Admit(new SocketConnection(socket));
        }
    }

    private void Admit(Connection connection)
    {
        var address = Addresses.Plain(connection.RemoteEndPoint?.Address ?? IPAddress.None);
        var allowed = _services.Options.AllowedClients;
        if (allowed.Count > 0 && !allowed.Any(range => range.Contains(address)))
        {
            _services.Logger.LogWarning("Refused a client from {Address}: it is not among the allowed ones.", address);
            Refuse(connection, "Your address is not allowed here.");
        }
        else if (_sessions.Count >= _services.Options.MaxSessions)
        {
            Refuse(connection, $"The relay has its {_services.Options.MaxSessions} sessions already; try again later.");
        }
        else
        {
            Begin(connection);
        }
    }

    private void Begin(Connection connection)
    {
        var id = Interlocked.Increment(ref _sessionCount).ToString(CultureInfo.InvariantCulture);
        var session = new ControlSession(_services, connection, id, _abort.Token);

        // Listed before it runs, so that it is there to be taken off when it ends.
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _sessions.TryAdd(session, done.Task);
        _ = RunAsync(session, done);
        if (Volatile.Read(ref _stopping) != 0)
        {
            session.RequestStop();
        }
    }

    private async Task RunAsync(ControlSession session, TaskCompletionSource done)
    {
        await session.RunAsync();
        _sessions.TryRemove(session, out _);
        done.SetResult();
    }

    private void Refuse(Connection connection, string text) =>
        _ = ControlSession.RefuseAsync(connection, RelayReply.Line(421, text), _services.Time);
}
