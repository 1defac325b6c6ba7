using System.Net;
using NapterFtp.Listening;
using NapterFtp.Ports;
using NapterFtp.Transport;

namespace NapterFtp.Tunnels;

/// <summary>A local TCP port that leads, over TLS, to one TCP port of the device.</summary>
internal sealed class TcpTunnel : IAsyncDisposable
{
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(10);

    private readonly NapterConnection _connection;
    private readonly TcpTunnelOptions _options;
    private readonly SharedPort _port;
    private readonly PortTotals _totals;
    private readonly LocalServer _server;
    private readonly DateTimeOffset _started;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile NapterFtpProxyState _state = NapterFtpProxyState.Listening;
    private int _stopping;

    private TcpTunnel(NapterConnection connection, TcpTunnelOptions options, string name, SharedPort port, PortTotals totals, LocalListener listener)
    {
        Name = name;
        _connection = connection;
        _options = options;
        _port = port;
        _totals = totals;
        _started = connection.Time.GetUtcNow();
        var logger = connection.Loggers.CreateLogger("NapterFtp.Tunnels");
        var pump = new DataPumpOptions { IdleTimeout = options.IdleTimeout, Time = connection.Time };
        var server = new LocalServerOptions
        {
            AllowedClients = options.AllowedClients,
            MaxSessions = options.MaxConnections,
            Open = (client, id, abort) => new TunnelConnection(port, connection.Dialer, pump, client, id, logger, abort),
            Refuse = (client, _) => client.Abort(),
        };
        _server = new LocalServer(listener, server, connection.Time, logger);
    }

    /// <summary>The name in events and lists.</summary>
    public string Name { get; }

    /// <summary>Where local clients connect; the real port.</summary>
    public IPEndPoint ListenEndPoint => _server.EndPoint;

    /// <summary>Ends when the tunnel has stopped and holds no port.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Opens the port, so that a wrong device shows at once, and listens.</summary>
    /// <exception cref="NapterFtpException">What <see cref="LocalListener.Start"/> and SORACOM report.</exception>
    public static async Task<TcpTunnel> StartAsync(
        NapterConnection connection, TcpTunnelOptions options, Action<NapterPortEvent>? observer, CancellationToken cancellationToken)
    {
        var listener = LocalListener.Start(new IPEndPoint(options.ListenAddress, options.Port));
        var name = options.Name ?? $"{options.Device}:{options.DevicePort}";
        var totals = new PortTotals(connection.Ports, name, observer);
        var request = new PortRequest
        {
            Device = options.Device,
            DevicePort = options.DevicePort,
            Kind = NapterPortKind.Tunnel,
            Proxy = name,
            LocalEndPoint = listener.EndPoint,
            Duration = options.PortDuration,
            SourceRanges = options.SourceRanges,
        };
        var port = new SharedPort(connection.Ports, request, new SharedPortOptions { IdleTime = options.PortLinger }, connection.Time);
        try
        {
            (await port.AcquireAsync(cancellationToken)).Release();
            return new TcpTunnel(connection, options, name, port, totals, listener);
        }
        catch
        {
            listener.Dispose();
            await port.DisposeAsync();
            totals.Dispose();
            throw;
        }
    }

    /// <summary>The tunnel and its counters now.</summary>
    public NapterTunnel Snapshot()
    {
        var (ports, fromDevice, toDevice) = _totals.Now();
        return new NapterTunnel
        {
            Name = Name,
            Imsi = _options.Device.Imsi,
            SimId = _options.Device.SimId,
            DevicePort = _options.DevicePort,
            ListenEndPoint = ListenEndPoint,
            State = _state,
            Connections = _server.Count,
            TotalConnections = _server.Total,
            Ports = ports,
            BytesFromDevice = fromDevice,
            BytesToDevice = toDevice,
            Started = _started,
        };
    }

    /// <summary>Takes no new connection, gives those that run time to end, then ends them and closes the port. Never throws.</summary>
    /// <param name="drain">How long connections may go on; zero ends them at once.</param>
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
        await _port.DisposeAsync();
        await _connection.Ports.CloseAllAsync(Name, CloseLimit);
        _totals.Dispose();
        _state = NapterFtpProxyState.Stopped;
        _completion.TrySetResult();
    }

    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.Zero, CancellationToken.None);
}
