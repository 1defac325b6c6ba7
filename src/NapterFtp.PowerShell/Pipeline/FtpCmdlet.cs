using System.Management.Automation;
using NapterFtp.Copy;
using NapterFtp.Ftp;
using NapterFtp.PowerShell.Parameters;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>A cmdlet that speaks FTP with devices.</summary>
public abstract partial class FtpCmdlet : DeviceCmdlet
{
    // Boxed, for the engine lays out this class before the module's load context can find NapterFtp.Core.
    private object? _listingFormat;

    /// <summary>The FTP server's control port on the device.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("RemotePort")]
    [ValidateRange(1, 65535)]
    public int DevicePort { get; set; } = 21;

    /// <summary>The ports of a router that lead to the device's where their numbers differ, such as 21=2121 and 40000-40030=50000-50030.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string[]? DevicePortMap { get; set; }

    /// <summary>A Linux router in front of the device, which is told what to forward; see New-NapterRouter.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public NapterRouter? Router { get; set; }

    private protected override NapterRouter? ChosenRouter => Router;

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

    /// <summary>The time zone that the device's listings are in; found out by default, where the device tells times in UTC too.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TimeZoneTransformation]
    [ArgumentCompleter(typeof(TimeZoneCompleter))]
    public TimeZoneInfo? DeviceTimeZone { get; set; }

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

    /// <summary>Devices at a time. One that does not answer gives its place to the next while it is waited for.</summary>
    [Parameter]
    [ValidateRange(1, 256)]
    public int ThrottleLimit { get; set; } = 8;

    /// <summary>The most devices that the command may reach; with more it does nothing.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int MaxDevice { get; set; } = int.MaxValue;

    /// <summary>Ends the command before anything is done where more devices came than are meant.</summary>
    private protected void RefuseTooMany(int devices)
    {
        if (devices > MaxDevice)
        {
            throw new NapterFtpException(
                "TooManyDevices",
                NapterFtpErrorKind.InvalidArgument,
                $"{devices} devices were chosen, but -MaxDevice allows {MaxDevice}. Nothing was done.",
                "Choose fewer devices, or raise -MaxDevice. -WhatIf says what it would cost.",
                devices);
        }
    }

    /// <summary>Does the work for each device, several at a time, and shows how far all have come.</summary>
    /// <param name="devices">The devices.</param>
    /// <param name="label">A device's name, for its bar.</param>
    /// <param name="work">The work for one, which reports its own failures.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends all.</param>
    private protected async Task RunFleetAsync<T>(
        IReadOnlyList<T> devices,
        Func<T, string> label,
        Func<T, FleetBars.DeviceBar, Activity, CancellationToken, Task> work,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        RefuseTooMany(devices.Count);
        var bars = new FleetBars(MyInvocation.MyCommand.Name, devices.Count, time, EmitProgress);
        await new FleetRunner(ThrottleLimit, time).RunAsync(
            devices.Index(),
            async (device, activity, token) =>
            {
                var bar = bars.Begin(device.Index, label(device.Item));
                try
                {
                    await work(device.Item, bar, activity, token);
                }
                finally
                {
                    bar.Complete();
                }
            },
            cancellationToken);
        bars.Complete();
    }

    private protected FtpClientOptions MakeClientOptions() => new()
    {
        Login = FtpLogins.Of(Credential),
        Names = NameCodec.Find(Encoding),
        ConnectTimeout = ConnectTimeout,
        ReplyTimeout = IdleTimeout,
        IdleTimeout = IdleTimeout,
        PortMap = MapPorts(DevicePortMap),
        Learned = string.IsNullOrWhiteSpace(DeviceTraits) ? null : LearnedTraits.Parse(DeviceTraits),
        ListingFormat = ListingFormat,
        TimeZone = DeviceTimeZone,
        QuietTransfers = QuietTransfer,
    };
}
