using System.Management.Automation;
using NapterFtp.Copy;
using NapterFtp.PowerShell.Parameters;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>A cmdlet about devices, each chosen by IMSI or SIM ID, on the command line or by the pipeline's objects.</summary>
public abstract class DeviceCmdlet : AsyncCmdlet
{
    private readonly CommandConnection _connection = new();
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

    /// <summary>The session of the SIM to reach: Air or Arc. Only with a SIM ID; without it Air, or Arc for a SIM that has only that.</summary>
    [Parameter]
    [ValidateSet("Air", "Arc")]
    public string? Service { get; set; }

    /// <summary>The connection to use.</summary>
    [Parameter]
    [ValidateNotNull]
    public NapterConnection? Connection { get; set; }

    /// <summary>Whether a device must be chosen.</summary>
    private protected virtual bool NeedsDevice => true;

    private protected Task<NapterConnection> GetConnectionAsync(CancellationToken cancellationToken) =>
        _connection.GetAsync(Connection, State, SignIn, EmitVerbose, cancellationToken);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _connection.Dispose();
        }

        base.Dispose(disposing);
    }

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

        if (NeedsDevice && ChosenRouter is null && !_imsiTyped && !_simIdTyped && !MyInvocation.ExpectingInput)
        {
            throw Missing();
        }

        return Task.CompletedTask;
    }

    /// <summary>The device of this record, or null where none is chosen and none is needed. What is typed goes before what the
    /// pipeline's object has; of an object with both, the SIM ID, for accounts grant Napter per SIM.</summary>
    private protected DeviceTarget? GetDevice()
    {
        if (ChosenRouter is { } router)
        {
            return OfRouter(router);
        }

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

    /// <summary>What the device of this record is known by: the number that chooses it and, of a pipeline's object with both, the other
    /// one too.</summary>
    private protected DeviceNames GetDeviceNames(int port, string? name)
    {
        var device = GetDevice()!;
        var isPiped = !_imsiTyped && !_simIdTyped;
        return new DeviceNames(device.Imsi ?? (isPiped ? Imsi : null), device.SimId ?? (isPiped ? SimId : null), port, name);
    }

    /// <summary>The router in front of the device, whose SIM it is then that is reached; null for none.</summary>
    private protected virtual NapterRouter? ChosenRouter => null;

    /// <summary>How the device's ports are reached: by numbers that the user gives, or through a router that is told.</summary>
    private protected Ftp.DevicePortMap MapPorts(string[]? texts)
    {
        var map = Ftp.DevicePortMap.Parse(texts);
        return ChosenRouter is not { } router ? map : map.IsEmpty ? router.Ports : throw Routers.RouterErrors.WithPortMap(router);
    }

    private DeviceTarget OfRouter(NapterRouter router)
    {
        // An object may have both numbers, and the router one of them.
        var (given, known) = router.SimId is { } simId && !string.IsNullOrEmpty(SimId) ? (SimId, simId) : (string.IsNullOrEmpty(Imsi) ? SimId : Imsi, router.ToTarget());
        return string.IsNullOrEmpty(given) || given == known ? router.Target : throw Routers.RouterErrors.OtherDevice(router, given);
    }

    private static NapterFtpException Missing() => new(
        "DeviceMissing",
        NapterFtpErrorKind.InvalidArgument,
        "No device is chosen.",
        "Give -Imsi or -SimId, or pipe in objects that have one of them, such as those of Get-NapterSim.");
}
