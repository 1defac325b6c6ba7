using System.Management.Automation;
using NapterFtp.Copy;
using NapterFtp.Ftp;
using NapterFtp.PowerShell.Parameters;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>A cmdlet that speaks FTP with devices.</summary>
public abstract class FtpCmdlet : DeviceCmdlet
{
    // Boxed, for the engine lays out this class before the module's load context can find NapterFtp.Core.
    private object? _listingFormat;

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

    /// <summary>How folders are listed; found out by default.</summary>
    [Parameter]
    public NapterFtpListingFormat ListingFormat
    {
        get => (NapterFtpListingFormat)(_listingFormat ?? NapterFtpListingFormat.Auto);
        set => _listingFormat = value;
    }

    /// <summary>What was learned of the device before, as JSON: what Test-NapterFtpDevice has in the property DeviceTraits.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? DeviceTraits { get; set; }

    /// <summary>Tells the device nothing on the control connection while a transfer runs.</summary>
    [Parameter]
    public SwitchParameter QuietTransfer { get; set; }

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
        Login = FtpLogins.Of(Credential),
        Names = NameCodec.Find(Encoding),
        ConnectTimeout = ConnectTimeout,
        ReplyTimeout = IdleTimeout,
        IdleTimeout = IdleTimeout,
        Learned = string.IsNullOrWhiteSpace(DeviceTraits) ? null : LearnedTraits.Parse(DeviceTraits),
        ListingFormat = ListingFormat,
        QuietTransfers = QuietTransfer,
    };
}
