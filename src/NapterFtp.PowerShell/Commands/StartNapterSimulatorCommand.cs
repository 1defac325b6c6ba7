using System.Globalization;
using System.Management.Automation;
using System.Net;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;
using NapterFtp.PowerShell.Sessions;
using NapterFtp.Simulator;
using NapterFtp.Simulator.Device;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Starts SORACOM's API, the Napter gateway and FTP devices on loopback, in this process.</summary>
[Cmdlet(VerbsLifecycle.Start, "NapterSimulator", SupportsShouldProcess = true)]
[OutputType(typeof(NapterSimulator))]
public sealed class StartNapterSimulatorCommand : AsyncCmdlet
{
    private const long FirstSimId = 8_981_100_000_000_000_001;

    /// <summary>The IMSI of each simulated device.</summary>
    [Parameter(Position = 0)]
    [ImsiTransformation]
    [ValidatePattern("^[0-9]{6,15}$")]
    public string[] Imsi { get; set; } = ["001010000000001"];

    /// <summary>The folder that each device shows, <c>{Imsi}</c> in it standing for the device's own; else a temporary one with a
    /// few sample files.</summary>
    [Parameter]
    public string? RootPath { get; set; }

    /// <summary>A real FTP server as the device, as host:port.</summary>
    [Parameter]
    public string? DeviceEndPoint { get; set; }

    /// <summary>The manners of the device.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DeviceProfileCompleter))]
    public string? DeviceProfile { get; set; }

    /// <summary>How long each API call takes.</summary>
    [Parameter]
    [TimeSpanTransformation]
    [ValidateTimeSpan("00:00:00", "00:10:00")]
    public TimeSpan ApiLatency { get; set; }

    /// <summary>How long a command and its reply take between gateway and device.</summary>
    [Parameter]
    [TimeSpanTransformation]
    [ValidateTimeSpan("00:00:00", "00:10:00")]
    public TimeSpan RoundTrip { get; set; }

    /// <summary>Bytes a second that each SIM carries in each direction; 0 for no limit.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long Bandwidth { get; set; }

    /// <summary>API calls allowed in any minute before 429; 0 for no limit.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int ApiCallsPerMinute { get; set; }

    /// <summary>Starts the devices without a session, as if they had no power.</summary>
    [Parameter]
    public SwitchParameter Offline { get; set; }

    private protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        var profile = FindProfile();
        var server = DeviceEndPoint is null ? null : ParseEndPoint(DeviceEndPoint);
        var root = RootPath is null
            ? null
            : await OnPipelineAsync(() => this.LocalPath(RootPath), cancellationToken);
        var options = new SimulatorOptions
        {
            Sims = [.. Imsi.Select((imsi, index) => new SimulatedSimOptions
            {
                Imsi = imsi,
                SimId = (FirstSimId + index).ToString(CultureInfo.InvariantCulture),
                Name = index == 0 ? "simulated-device" : string.Create(CultureInfo.InvariantCulture, $"simulated-device-{index + 1}"),
                Online = !Offline,
                DeviceEndPoint = server,
                RootPath = FolderOf(root, imsi),
                Profile = profile,
            })],
            ApiLatency = ApiLatency,
            RoundTrip = RoundTrip,
            Bandwidth = Bandwidth,
            ApiCallsPerMinute = ApiCallsPerMinute,
        };
        if (!await ShouldProcessAsync($"{Imsi.Length} simulated devices", "Start", cancellationToken))
        {
            return;
        }

        var simulator = await NapterSimulator.StartAsync(options, cancellationToken);
        ModuleState.Instance.Own(new OwnedThing(State, OwnedOrder.Simulator, simulator, () => simulator.DisposeAsync().AsTask()));
        Emit(simulator);
    }

    private static string? FolderOf(string? root, string imsi)
    {
        var folder = root?.Replace("{Imsi}", imsi, StringComparison.OrdinalIgnoreCase);
        return folder is null || Directory.Exists(folder)
            ? folder
            : throw new NapterFtpException(
                "RootPathNotFound",
                NapterFtpErrorKind.NotFound,
                $"The folder '{folder}' for the device's files does not exist.",
                "Make it first, or leave -RootPath out for a temporary one with sample files.",
                folder);
    }

    private static EndPoint ParseEndPoint(string text)
    {
        if (text.LastIndexOf(':') is > 0 and var colon
            && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port is > 0 and <= 65535)
        {
            return IPEndPoint.TryParse(text, out var address) ? address : new DnsEndPoint(text[..colon], port);
        }

        throw new NapterFtpException(
            "InvalidDeviceEndPoint",
            NapterFtpErrorKind.InvalidArgument,
            $"'{text}' is not a host and port.",
            "Give -DeviceEndPoint as host:port, such as 127.0.0.1:2121.",
            text);
    }

    private DeviceProfile FindProfile() => DeviceProfile is null
        ? DeviceProfiles.Default
        : DeviceProfiles.Find(DeviceProfile) ?? throw new NapterFtpException(
            "DeviceProfileUnknown",
            NapterFtpErrorKind.InvalidArgument,
            $"The simulator has no device profile '{DeviceProfile}'.",
            $"It has: {string.Join(", ", DeviceProfiles.Names)}.",
            DeviceProfile);
}
