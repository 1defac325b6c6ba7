using System.Management.Automation;
using NapterFtp.Copy;
using NapterFtp.Diagnosis;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Checks the whole way to a device's FTP server, step by step, and says of what fails why and what to do.</summary>
[Cmdlet(VerbsDiagnostic.Test, "NapterFtpDevice", SupportsShouldProcess = true)]
[OutputType(typeof(NapterFtpCheck), typeof(bool))]
public sealed class TestNapterFtpDeviceCommand : FtpCmdlet
{
    private readonly List<DeviceCheckOptions> _devices = [];
    private readonly SemaphoreSlim _signIn = new(1, 1);
    private bool _captureAll;
    private bool _captureNone;

    /// <summary>Replies are awaited for as long as connections: who tests waits for the answer.</summary>
    public TestNapterFtpDeviceCommand() => IdleTimeout = ConnectTimeout;

    /// <summary>The folder that is listed, and with -Upload written to; else the login's.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RemotePathCompleter))]
    public string Path { get; set; } = ".";

    /// <summary>Also uploads a small file and deletes it.</summary>
    [Parameter]
    public SwitchParameter Upload { get; set; }

    /// <summary>The life asked for the Napter ports.</summary>
    [Parameter]
    [TimeSpanTransformation]
    [ValidateTimeSpan("00:00:01", "08:00:00")]
    public TimeSpan PortDuration { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Records the SIM's packets meanwhile and saves them in this file, which holds the FTP login; {Imsi}, {SimId} and
    /// {DevicePort} stand for the device's own.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Capture { get; set; }

    /// <summary>Records without asking, and replaces the file where there is one.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Tells only whether nothing failed.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override bool SharesSessions => false;

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        _devices.Add(new DeviceCheckOptions
        {
            Device = GetDevice()!,
            DevicePort = DevicePort,
            Client = MakeClientOptions(),
            Folder = Path,
            Upload = Upload,
            Capture = Capture is null ? null : await MakeCaptureAsync(GetDevice()!, cancellationToken),
            PortDuration = PortDuration,
            Approve = (file, token) => ShouldProcessAsync(file, "Upload and delete a test file", token),
        });
    }

    private protected override Task EndAsync(CancellationToken cancellationToken)
    {
        if (_devices.GroupBy(device => device.Capture?.Path).FirstOrDefault(same => same.Key is not null && same.Count() > 1) is { } shared)
        {
            throw new NapterFtpException(
                "CaptureFileShared",
                NapterFtpErrorKind.InvalidArgument,
                $"The packets of several devices would be recorded in one file, '{shared.Key}'.",
                "Give each a file of its own with a placeholder: -Capture '{Imsi}.pcap', or {SimId} where the devices are chosen so.",
                shared.Key);
        }

        return RunFleetAsync(
            _devices, device => device.Client.PortMap.Label(device.Device, device.DevicePort), CheckAsync, TimeProvider.System, cancellationToken);
    }

    private async Task<CaptureOptions> MakeCaptureAsync(DeviceTarget device, CancellationToken cancellationToken)
    {
        var path = NameTemplate.ExpandDestination(Capture!, GetDeviceNames(DevicePort, null), TimeProvider.System.GetLocalNow());
        return new CaptureOptions
        {
            Path = await OnPipelineAsync(() => this.LocalPath(path), cancellationToken),
            Replaces = Force,
            Approve = (file, token) => ApproveCaptureAsync(device, file, token),
        };
    }

    /// <summary>A file with a password in it is made only by who knows that.</summary>
    private async Task<bool> ApproveCaptureAsync(DeviceTarget device, string file, CancellationToken cancellationToken)
    {
        if (!await ShouldProcessAsync(file, $"Record the packets of {device}", cancellationToken))
        {
            return false;
        }

        var warning = $"The recording '{file}' will hold all that the SIM {device} sends and receives meanwhile, the FTP login and its password among it. Only you can read it here; delete it when it is no longer needed.";
        if (Force)
        {
            EmitWarning(warning);
            return true;
        }

        return await AskPersonAsync(
            () => ShouldContinue(View.Line(warning), "Record packets?", ref _captureAll, ref _captureNone), file, "-Force", cancellationToken);
    }

    private async Task CheckAsync(DeviceCheckOptions options, FleetBars.DeviceBar bar, Activity activity, CancellationToken cancellationToken)
    {
        if (IsWhatIf && options.Client.PortMap.Router is { } router)
        {
            // What the test does at a router it cannot do without telling it something.
            await TellCommandsAsync(await ConnectAsync(cancellationToken), router, options.DevicePort, cancellationToken);
            return;
        }

        var failed = false;
        var results = new List<NapterFtpCheck>();
        var check = new DeviceCheck(
            options with { Activity = activity },
            ConnectAsync,
            bar.Step,
            result =>
            {
                failed |= result.Status == NapterFtpCheckStatus.Failed;
                if (Quiet)
                {
                    return;
                }

                // The steps of several devices would be hard to read between each other.
                if (_devices.Count > 1)
                {
                    results.Add(result);
                }
                else
                {
                    Emit(result);
                }
            });
        await check.RunAsync(cancellationToken);
        results.ForEach(result => Emit(result));
        if (Quiet)
        {
            Emit(!failed);
        }
    }

    /// <summary>One sign-in for all.</summary>
    private async Task<NapterConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        await _signIn.WaitAsync(cancellationToken);
        try
        {
            return await GetConnectionAsync(cancellationToken);
        }
        finally
        {
            _signIn.Release();
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _signIn.Dispose();
        }

        base.Dispose(disposing);
    }
}
