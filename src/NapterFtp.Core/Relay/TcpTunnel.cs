using System.Net;
using Microsoft.Extensions.Logging;
using NapterFtp.Devices;
using NapterFtp.Entries;
using NapterFtp.Transport;

namespace NapterFtp.Relay;

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
        var logger = connection.Loggers.CreateLogger("NapterFtp.Tunnels");
        var relay = await LocalRelay.OpenAsync(
            connection.Ports, options, NapterPortKind.Tunnel, options.PortLinger, connection.Time, logger, observer, cancellationToken);
        var pump = new DataPumpOptions { IdleTimeout = options.IdleTimeout, Time = connection.Time };
        relay.Serve(
            options.MaxConnections,
            (client, id, abort) => new TunnelConnection(relay.Port, connection.Dialer, pump, client, id, logger, abort),
            static (client, _) => client.Abort());
        return new TcpTunnel(relay);
    }

    /// <summary>The tunnel and its counters now.</summary>
    public NapterTunnel Snapshot()
    {
        var (ports, fromDevice, toDevice) = _relay.Totals();
        return new NapterTunnel
        {
            Name = Name,
            Imsi = _relay.Device?.Imsi,
            SimId = _relay.Device?.SimId,
            DevicePort = _relay.DevicePort,
            RouterPort = _relay.RouterPort,
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

/// <summary>How a tunnel listens and uses its Napter port.</summary>
internal sealed record TcpTunnelOptions : RelayOptions
{
    /// <summary>How long the Napter port is kept after the last connection has ended.</summary>
    public TimeSpan PortLinger { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Connections at once; more are closed as they come.</summary>
    public int MaxConnections { get; init; } = 2000;

    /// <summary>Silence in both directions after which a connection is ended.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromHours(2);
}

/// <summary>One local connection through a tunnel.</summary>
internal sealed class TunnelConnection(
    SharedLease port,
    IGatewayDialer dialer,
    DataPumpOptions options,
    Connection client,
    string id,
    ILogger logger,
    CancellationToken abort) : ILocalSession
{
    public async Task RunAsync()
    {
        using var expected = FileHandles.OfProcess.Expect();
        try
        {
            await using var device = await DialledPort<SharedLeaseUse>.TakeAsync(port.AcquireAsync, (use, token) => dialer.ConnectAsync(use.Gateway, token), logger, abort);
            var connection = await device.DialAsync(abort);
            expected.Dispose();
            device.Entry.Connected(client.LocalEndPoint, client.RemoteEndPoint);
            var pump = DataPump.Start(client, connection, device.Entry.Counters, options, abort);
            if (await Task.WhenAny(pump.Completion, device.Entry.Closing) != pump.Completion)
            {
                pump.Abort();
            }

            if ((await pump.Completion).Failure is { } error)
            {
                logger.LogInformation("Tunnel connection {Connection}: {Error}", id, error);
            }
        }
        catch (OperationCanceledException)
        {
            client.Abort();
        }
        catch (Exception e)
        {
            // The protocol is not ours: a reset is all that the client can be told.
            logger.LogWarning("Tunnel connection {Connection}: {Error}", id, e.Message);
            client.Abort();
        }
        finally
        {
            await client.DisposeAsync();
        }
    }

    /// <summary>Nobody but the two ends knows when their dialogue is over, so that a running connection is left to the drain.</summary>
    public void RequestStop()
    {
    }
}
