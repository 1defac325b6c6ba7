using System.Net;
using Microsoft.Extensions.Logging;
using NapterFtp.Listening;
using NapterFtp.Ports;
using NapterFtp.Transport;

namespace NapterFtp.Proxy;

/// <summary>Listens for FTP clients and relays each to the device's FTP server.</summary>
internal sealed class FtpProxy : IAsyncDisposable
{
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(10);

    private readonly SessionServices _services;
    private readonly LocalServer _server;
    private readonly PortTotals _totals;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly DateTimeOffset _started;
    private volatile NapterFtpProxyState _state = NapterFtpProxyState.Listening;
    private int _stopping;

    private FtpProxy(SessionServices services, LocalListener listener, PortTotals totals)
    {
        _services = services;
        _totals = totals;
        _started = services.Time.GetUtcNow();
        var options = new LocalServerOptions
        {
            AllowedClients = services.Options.AllowedClients,
            MaxSessions = services.Options.MaxSessions,
            Open = (connection, id, abort) => new ControlSession(services, connection, id, abort),
            Refuse = (connection, text) => _ = ControlSession.RefuseAsync(connection, RelayReply.Line(421, text), services.Time),
        };
        _server = new LocalServer(listener, options, services.Time, services.Logger);
    }

    /// <summary>The name in events and lists.</summary>
    public string Name => _services.ProxyName;

    /// <summary>The device.</summary>
    public DeviceTarget Device => _services.Options.Device;

    /// <summary>Where FTP clients connect; the real port.</summary>
    public IPEndPoint ListenEndPoint => _server.EndPoint;

    /// <summary>Ends when the proxy has stopped and holds no port.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Starts a proxy on a connection; see the other overload.</summary>
    public static Task<FtpProxy> StartAsync(
        NapterConnection connection, FtpProxyOptions options, Action<NapterPortEvent>? observer, CancellationToken cancellationToken) =>
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
        var name = options.Name ?? $"{options.Device}:{options.DevicePort}";
        var totals = new PortTotals(ports, name, observer);
        var control = new SharedPort(
            ports, ControlRequest(name, options, listener.EndPoint), new SharedPortOptions { IdleTime = options.ControlLinger }, time);
        try
        {
            (await control.AcquireAsync(cancellationToken)).Release();
        }
        catch
        {
            listener.Dispose();
            await control.DisposeAsync();
            totals.Dispose();
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
        return new FtpProxy(services, listener, totals);
    }

    /// <summary>The proxy and its counters now.</summary>
    public NapterFtpProxy Snapshot()
    {
        var (ports, fromDevice, toDevice) = _totals.Now();
        return new NapterFtpProxy
        {
            Name = Name,
            Imsi = Device.Imsi,
            SimId = Device.SimId,
            DevicePort = _services.Options.DevicePort,
            ListenEndPoint = ListenEndPoint,
            State = _state,
            Sessions = _server.Count,
            TotalSessions = _server.Total,
            Ports = ports,
            TotalPorts = _totals.Opened,
            BytesFromDevice = fromDevice,
            BytesToDevice = toDevice,
            Started = _started,
        };
    }

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
        await _server.StopAsync(drain, cancellationToken);
        await _services.ControlPort.DisposeAsync();
        await _services.Ports.CloseAllAsync(Name, CloseLimit);
        _totals.Dispose();
        _state = NapterFtpProxyState.Stopped;
        _completion.TrySetResult();
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
}
