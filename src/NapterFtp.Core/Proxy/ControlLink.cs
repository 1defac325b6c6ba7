using System.Net;
using NapterFtp.Ports;
using NapterFtp.Transport;

namespace NapterFtp.Proxy;

/// <summary>A session's connection to the device's FTP server through the proxy's shared control port.</summary>
internal sealed class ControlLink : IAsyncDisposable
{
    private readonly SharedPortUse _use;

    private ControlLink(SharedPortUse use, Connection connection)
    {
        _use = use;
        Connection = connection;
    }

    /// <summary>The connection to the device.</summary>
    public Connection Connection { get; }

    /// <summary>Counts the dialogue's bytes.</summary>
    public PortCounters Counters => _use.Counters;

    /// <summary>Ends when the control port is being closed from elsewhere.</summary>
    public Task Closing => _use.Closing;

    /// <summary>Connects; where the shared entry turns out to be gone, once more through a new one.</summary>
    /// <exception cref="NapterFtpException">SORACOM refused the port, or the gateway cannot be reached.</exception>
    public static async Task<ControlLink> OpenAsync(SessionServices services, IPEndPoint client, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var use = await services.ControlPort.AcquireAsync(cancellationToken);
            try
            {
                var connection = await services.Dialer.ConnectAsync(use.Gateway, cancellationToken);
                use.Connected(connection.LocalEndPoint, client);
                return new ControlLink(use, connection);
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
