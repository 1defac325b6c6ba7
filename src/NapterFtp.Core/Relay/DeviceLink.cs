using System.Net;
using NapterFtp.Entries;
using NapterFtp.Transport;

namespace NapterFtp.Relay;

/// <summary>A connection to the device through a port that several connections share.</summary>
internal sealed class DeviceLink : IAsyncDisposable
{
    private readonly SharedLeaseUse _use;

    private DeviceLink(SharedLeaseUse use, Connection connection)
    {
        _use = use;
        Connection = connection;
    }

    /// <summary>The connection to the device.</summary>
    public Connection Connection { get; }

    /// <summary>Counts the port's bytes.</summary>
    public ByteCounters Counters => _use.Counters;

    /// <summary>Ends when the port is being closed from elsewhere.</summary>
    public Task Closing => _use.Closing;

    /// <summary>Connects; where the shared entry turns out to be gone, once more through a new one.</summary>
    /// <param name="port">The shared port.</param>
    /// <param name="dialer">Connects to the gateway.</param>
    /// <param name="local">Where the client is connected, for events.</param>
    /// <param name="client">The client, for events.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="NapterFtpException">SORACOM refused the port, or the gateway cannot be reached.</exception>
    public static async Task<DeviceLink> OpenAsync(
        SharedLease port, IGatewayDialer dialer, IPEndPoint? local, IPEndPoint? client, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var use = await port.AcquireAsync(cancellationToken);
            try
            {
                var connection = await dialer.ConnectAsync(use.Gateway, cancellationToken);
                use.Connected(local, client);
                return new DeviceLink(use, connection);
            }
            catch (NapterFtpException e) when (
                attempt == 1 && use.Reused && e.Kind is NapterFtpErrorKind.Connection or NapterFtpErrorKind.Timeout)
            {
                use.Fail(e.Message);
            }
            catch
            {
                use.Release();
                throw;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        _use.Release();
    }
}
