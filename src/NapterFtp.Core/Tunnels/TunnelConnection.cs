using Microsoft.Extensions.Logging;
using NapterFtp.Listening;
using NapterFtp.Ports;
using NapterFtp.Transport;

namespace NapterFtp.Tunnels;

/// <summary>One local connection through a tunnel.</summary>
internal sealed class TunnelConnection(
    SharedPort port,
    IGatewayDialer dialer,
    DataPumpOptions options,
    Connection client,
    string id,
    ILogger logger,
    CancellationToken abort) : ILocalSession
{
    public async Task RunAsync()
    {
        try
        {
            await using var device = await DeviceLink.OpenAsync(port, dialer, client.LocalEndPoint, client.RemoteEndPoint, abort);
            var pump = DataPump.Start(client, device.Connection, device.Counters, options, abort);
            if (await Task.WhenAny(pump.Completion, device.Closing) != pump.Completion)
            {
                pump.Abort();
            }

            if ((await pump.Completion).Error is { } error)
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
