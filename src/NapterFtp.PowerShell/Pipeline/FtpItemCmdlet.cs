using System.Management.Automation;
using NapterFtp.Copy;
using NapterFtp.PowerShell.Sessions;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>A cmdlet that works in FTP sessions. Records about one device that follow each other share one.</summary>
public abstract class FtpItemCmdlet : FtpCmdlet
{
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(5);

    // A reference, for the engine lays out this class before the module's load context can find NapterFtp.Core.
    private Record? _openFor;
    private DeviceClient? _client;
    private SessionKeeper? _keeper;

    /// <summary>Does something with a session to this record's device. A failure closes the session.</summary>
    private protected async Task WithDeviceAsync(Func<SessionKeeper, CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        var device = GetDevice()!;
        var record = new Record(device, DevicePort, Credential);
        if (_keeper is null || _openFor != record)
        {
            await CloseAsync();
            _openFor = record;
            _client = DeviceClient.Create(await GetConnectionAsync(cancellationToken), device, DevicePort, MakeClientOptions());
            _keeper = new SessionKeeper(_client, RetryPolicy.None);
        }

        try
        {
            await work(_keeper, cancellationToken);
        }
        catch (NapterFtpException)
        {
            // The session keeper knows whether it can go on.
            throw;
        }
        catch
        {
            await CloseAsync();
            throw;
        }
    }

    private protected override Task EndAsync(CancellationToken cancellationToken) => CloseAsync();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // After the end nothing is left; but a pipeline stopped between two records has no end.
        if (disposing && _client is not null)
        {
            Blocking.Wait(CloseAsync, CloseLimit);
        }

        base.Dispose(disposing);
    }

    private async Task CloseAsync()
    {
        var (keeper, client) = (_keeper, _client);
        (_keeper, _client) = (null, null);
        if (keeper is not null)
        {
            await keeper.DisposeAsync();
        }

        if (client is not null)
        {
            await client.DisposeAsync();
        }
    }

    private sealed record Record(DeviceTarget Device, int Port, PSCredential? Credential);
}
