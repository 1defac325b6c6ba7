using System.Management.Automation;
using NapterFtp.Client;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Sessions;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>A cmdlet that speaks FTP with devices. Records about one device that follow each other share one session.</summary>
public abstract class FtpItemCmdlet : DeviceCmdlet
{
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(5);

    // A reference, for the engine lays out this class before the module's load context can find NapterFtp.Core.
    private Record? _openFor;
    private DeviceClient? _client;
    private SessionKeeper? _keeper;

    /// <summary>The FTP server's control port on the device.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("RemotePort")]
    [ValidateRange(1, 65535)]
    public int DevicePort { get; set; } = 21;

    /// <summary>The FTP login; anonymous by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [FtpCredential]
    public PSCredential? Credential { get; set; }

    /// <summary>The encoding of file names on the device, by name or code page number; UTF-8 by default.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FileNameEncodingCompleter))]
    public string? Encoding { get; set; }

    /// <summary>How long a connection to the device may take to make.</summary>
    [Parameter]
    [TimeSpanTransformation]
    [ValidateTimeSpan("00:00:01", "00:10:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a reply may take, and how long a transfer may stand still.</summary>
    [Parameter]
    [TimeSpanTransformation]
    [ValidateTimeSpan("00:00:01", "01:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(60);

    private protected FtpClientOptions MakeClientOptions() => new()
    {
        Login = Credential is null || Credential == PSCredential.Empty
            ? FtpLogin.Anonymous
            : new FtpLogin(Credential.UserName.TrimStart('\\'), Credential.Password),
        Names = NameCodec.Find(Encoding),
        ConnectTimeout = ConnectTimeout,
        ReplyTimeout = IdleTimeout,
        IdleTimeout = IdleTimeout,
    };

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
