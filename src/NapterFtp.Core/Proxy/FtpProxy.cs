using System.Net;
using Microsoft.Extensions.Logging;
using NapterFtp.Listening;
using NapterFtp.Ports;
using NapterFtp.Transport;

namespace NapterFtp.Proxy;

/// <summary>Listens for FTP clients and relays each to the device's FTP server.</summary>
internal sealed class FtpProxy : IAsyncDisposable
{
    private readonly LocalRelay _relay;

    private FtpProxy(LocalRelay relay) => _relay = relay;

    /// <summary>What it shares with every relay.</summary>
    public LocalRelay Relay => _relay;

    /// <inheritdoc cref="LocalRelay.Name"/>
    public string Name => _relay.Name;

    /// <inheritdoc cref="LocalRelay.ListenEndPoint"/>
    public IPEndPoint ListenEndPoint => _relay.ListenEndPoint;

    /// <inheritdoc cref="LocalRelay.Completion"/>
    public Task Completion => _relay.Completion;

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
    /// <exception cref="NapterFtpException">As of <see cref="LocalRelay.OpenAsync"/>.</exception>
    public static async Task<FtpProxy> StartAsync(
        PortManager ports,
        IGatewayDialer dialer,
        FtpProxyOptions options,
        TimeProvider time,
        ILoggerFactory loggers,
        Action<NapterPortEvent>? observer,
        CancellationToken cancellationToken)
    {
        var relay = await LocalRelay.OpenAsync(
            ports, options, NapterPortKind.Control, options.ControlLinger, time, observer, cancellationToken);
        var services = new SessionServices
        {
            ProxyName = relay.Name,
            Options = options,
            Ports = ports,
            ControlPort = relay.Port,
            Dialer = dialer,
            PassivePorts = new PassivePortPool(options.PassivePorts),
            LocalTls = LocalTls.CreateOptions(options.TlsCertificate),
            Time = time,
            Logger = loggers.CreateLogger("NapterFtp.Proxy"),
        };
        relay.Serve(
            options.MaxSessions,
            (client, id, abort) => new ControlSession(services, client, id, abort),
            (client, text) => _ = ControlSession.RefuseAsync(client, RelayReply.Line(421, text), time),
            services.Logger);
        return new FtpProxy(relay);
    }

    /// <summary>The proxy and its counters now.</summary>
    public NapterFtpProxy Snapshot()
    {
        var (ports, fromDevice, toDevice) = _relay.Totals();
        return new NapterFtpProxy
        {
            Name = Name,
            Imsi = _relay.Device.Imsi,
            SimId = _relay.Device.SimId,
            DevicePort = _relay.DevicePort,
            ListenEndPoint = ListenEndPoint,
            State = _relay.State,
            Sessions = _relay.Sessions,
            TotalSessions = _relay.TotalSessions,
            Ports = ports,
            TotalPorts = _relay.TotalPorts,
            BytesFromDevice = fromDevice,
            BytesToDevice = toDevice,
            Started = _relay.Started,
        };
    }

    /// <summary>Takes no new client, ends sessions without a transfer, gives running transfers time, then ends them too and
    /// closes every port. Never throws.</summary>
    /// <param name="drain">How long running transfers may go on; zero ends them at once.</param>
    /// <param name="cancellationToken">Cuts the drain short.</param>
    public Task StopAsync(TimeSpan drain, CancellationToken cancellationToken) => _relay.StopAsync(drain, cancellationToken);

    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.Zero, CancellationToken.None);
}
