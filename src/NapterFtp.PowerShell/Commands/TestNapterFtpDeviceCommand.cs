using System.Management.Automation;
using NapterFtp.Diagnosis;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Checks the whole way to a device's FTP server, step by step, and says of what fails why and what to do.</summary>
[Cmdlet(VerbsDiagnostic.Test, "NapterFtpDevice", SupportsShouldProcess = true)]
[OutputType(typeof(NapterFtpCheck), typeof(bool))]
public sealed class TestNapterFtpDeviceCommand : FtpCmdlet
{
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

    /// <summary>Tells only whether nothing failed.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var options = new DeviceCheckOptions
        {
            Device = GetDevice()!,
            DevicePort = DevicePort,
            Client = MakeClientOptions(),
            Folder = Path,
            Upload = Upload,
            PortDuration = PortDuration,
            Approve = (file, token) => ShouldProcessAsync(file, "Upload and delete a test file", token),
        };
        var failed = false;
        var activity = $"{MyInvocation.MyCommand.Name} {options.Device}:{DevicePort}";
        var check = new DeviceCheck(
            options,
            GetConnectionAsync,
            step => EmitProgress(new ProgressRecord(1, activity, step)),
            result =>
            {
                failed |= result.Status == NapterFtpCheckStatus.Failed;
                if (!Quiet)
                {
                    Emit(result);
                }
            });
        await check.RunAsync(cancellationToken);
        EmitProgress(new ProgressRecord(1, activity, "Done") { RecordType = ProgressRecordType.Completed });
        if (Quiet)
        {
            Emit(!failed);
        }
    }
}
