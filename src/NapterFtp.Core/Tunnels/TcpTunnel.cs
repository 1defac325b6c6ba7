using System.Net;
using NapterFtp.Listening;
using NapterFtp.Transport;

namespace NapterFtp.Tunnels;

/// <summary>A local TCP port that leads, over TLS, to one TCP port of the device.</summary>
internal sealed class TcpTunnel : IAsyncDisposable
{
    private readonly LocalRelay _relay;

    private TcpTunnel(LocalRelay relay) => _relay = relay;

    /// <summary>What it shares with every relay.</summary>
    public LocalRelay Relay => _relay;

    /// <inheritdoc cref="LocalRelay.Name"/>
    public string Name => _relay.Name;

    /// <inheritdoc cref="LocalRelay.ListenEndPoint"/>
    public IPEndPoint ListenEndPoint => _relay.ListenEndPoint;

    /// <inheritdoc cref="LocalRelay.Completion"/>
    public Task Completion => _relay.Completion;

    /// <summary>Opens the port, so that a wrong device shows at once, and listens.</summary>
    /// <exception cref="NapterFtpException">As of <see cref="LocalRelay.OpenAsync"/>.</exception>
    public static async Task<TcpTunnel> StartAsync(
        NapterConnection connection, TcpTunnelOptions options, Action<NapterPortEvent>? observer, CancellationToken cancellationToken)
    {
        var relay = await LocalRelay.OpenAsync(
            connection.Ports, options, NapterPortKind.Tunnel, options.PortLinger, connection.Time, observer, cancellationToken);
        var logger = connection.Loggers.CreateLogger("NapterFtp.Tunnels");
        var pump = new DataPumpOptions { IdleTimeout = options.IdleTimeout, Time = connection.Time };
        relay.Serve(
            options.MaxConnections,
            (client, id, abort) => new TunnelConnection(relay.Port, connection.Dialer, pump, client, id, logger, abort),
            static (client, _) => client.Abort(),
            logger);
        return new TcpTunnel(relay);
    }

    /// <summary>The tunnel and its counters now.</summary>
    public NapterTunnel Snapshot()
    {
        var (ports, fromDevice, toDevice) = _relay.Totals();
        return new NapterTunnel
        {
            Name = Name,
            Imsi = _relay.Device.Imsi,
            SimId = _relay.Device.SimId,
            DevicePort = _relay.DevicePort,
            ListenEndPoint = ListenEndPoint,
            State = _relay.State,
            Connections = _relay.Sessions,
            TotalConnections = _relay.TotalSessions,
            Ports = ports,
            BytesFromDevice = fromDevice,
            BytesToDevice = toDevice,
            Started = _relay.Started,
        };
    }

    /// <summary>Takes no new connection, gives those that run time to end, then ends them and closes the port. Never throws.</summary>
    /// <param name="drain">How long connections may go on; zero ends them at once.</param>
    /// <param name="cancellationToken">Cuts the drain short.</param>
    public Task StopAsync(TimeSpan drain, CancellationToken cancellationToken) => _relay.StopAsync(drain, cancellationToken);

    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.Zero, CancellationToken.None);
}
