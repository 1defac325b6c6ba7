using NapterFtp.Transport;

namespace NapterFtp.Proxy;

/// <summary>The client's end of a data connection.</summary>
/// <param name="client">How it comes about.</param>
/// <param name="protect">Adds TLS to it where the client asked for that.</param>
/// <param name="services">What the proxy's sessions share.</param>
internal sealed class ClientEnd(
    IDataClient client, Func<Connection, CancellationToken, Task<Connection>> protect, SessionServices services) : IDisposable
{
    /// <inheritdoc cref="IDataClient.WaitsForTransfer"/>
    public bool WaitsForTransfer => client.WaitsForTransfer;

    /// <summary>Waits for the client's connection, or makes it.</summary>
    /// <param name="transferBegun">Ends when the client has sent its transfer command.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="NapterFtpException"><c>ClientDataConnectionMissing</c>, and what <see cref="IDataClient.ConnectAsync"/> reports.</exception>
    public async Task<Connection> ConnectAsync(Task transferBegun, CancellationToken cancellationToken)
    {
        if (WaitsForTransfer)
        {
            await transferBegun.WaitAsync(cancellationToken);
        }

        var patience = services.Options.DataConnectTimeout;
        using var limit = new CancellationTokenSource(patience, services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var connection = await client.ConnectAsync(either.Token);
            return await protect(connection, either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new NapterFtpException(
                "ClientDataConnectionMissing",
                NapterFtpErrorKind.Timeout,
                $"The client made no data connection to {client.LocalEndPoint} within {patience.TotalSeconds:0} s.",
                "Check that the client can reach the address in the passive reply; -PassiveAddress sets another.");
        }
    }

    public void Dispose() => client.Dispose();
}
