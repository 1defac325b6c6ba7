using System.Management.Automation;
using NapterFtp.PowerShell.Parameters;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>A cmdlet about devices, each chosen by IMSI or SIM ID, on the command line or by the pipeline's objects.</summary>
public abstract class DeviceCmdlet : ConnectedCmdlet
{
    private bool _imsiTyped;
    private bool _simIdTyped;

    /// <summary>The device's IMSI.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ImsiTransformation]
    [ArgumentCompleter(typeof(ImsiCompleter))]
    public string? Imsi { get; set; }

    /// <summary>The device's SIM ID.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SimIdCompleter))]
    public string? SimId { get; set; }

    /// <summary>The session of the SIM to reach: Air (the default) or Arc. Only with a SIM ID.</summary>
    [Parameter]
    [ValidateSet("Air", "Arc")]
    public string? Service { get; set; }

    /// <summary>Whether a device must be chosen.</summary>
    private protected virtual bool NeedsDevice => true;

    private protected override Task BeginAsync(CancellationToken cancellationToken)
    {
        _imsiTyped = !string.IsNullOrEmpty(Imsi);
        _simIdTyped = !string.IsNullOrEmpty(SimId);
        if (_imsiTyped && _simIdTyped)
        {
            throw new NapterFtpException(
                "DeviceChosenTwice",
                NapterFtpErrorKind.InvalidArgument,
                "Both -Imsi and -SimId are given.",
                "Give only one of them.",
                Imsi);
        }

        if (NeedsDevice && !_imsiTyped && !_simIdTyped && !MyInvocation.ExpectingInput)
        {
            throw Missing();
        }

        return Task.CompletedTask;
    }

    /// <summary>The device of this record, or null where none is chosen and none is needed. What is typed goes before what the
    /// pipeline's object has; of an object with both, the SIM ID, for accounts grant Napter per SIM.</summary>
    private protected DeviceTarget? GetDevice()
    {
        var bySim = !string.IsNullOrEmpty(SimId) && !_imsiTyped;
        if (!bySim && Service is not null)
        {
            throw new NapterFtpException(
                "ServiceWithoutSimId",
                NapterFtpErrorKind.InvalidArgument,
                "-Service is given without a SIM ID.",
                "Choose the device with -SimId, or leave -Service out.",
                Service);
        }

        return bySim ? DeviceTarget.FromSimId(SimId!, Service is null ? null : Enum.Parse<SimService>(Service, ignoreCase: true))
            : !string.IsNullOrEmpty(Imsi) ? DeviceTarget.FromImsi(Imsi)
            : NeedsDevice ? throw Missing()
            : null;
    }

    private static NapterFtpException Missing() => new(
        "DeviceMissing",
        NapterFtpErrorKind.InvalidArgument,
        "No device is chosen.",
        "Give -Imsi or -SimId, or pipe in objects that have one of them, such as those of Get-NapterSim.");
}
