namespace NapterFtp;

/// <summary>One step on the way to a device's FTP server, checked: a snapshot.</summary>
public sealed record NapterFtpCheck
{
    /// <summary>The step: <c>SignIn</c>, <c>Sim</c>, <c>Ping</c>, <c>Capture</c>, <c>ControlPort</c>, <c>Gateway</c>, <c>Tls</c>, <c>Greeting</c>,
    /// <c>Login</c>, <c>Pasv</c>, <c>Epsv</c>, <c>DataConnection</c>, <c>Listing</c>, <c>Upload</c>, <c>Delete</c>, <c>Traits</c>, <c>Close</c> or
    /// <c>CaptureFile</c>.</summary>
    public required string Name { get; init; }

    /// <summary>How it ended.</summary>
    public required NapterFtpCheckStatus Status { get; init; }

    /// <summary>Whether it works, be it with a warning; false also where it was not tried.</summary>
    public bool Passed => Status is NapterFtpCheckStatus.Passed or NapterFtpCheckStatus.Warning;

    /// <summary>What was found, in a sentence or two.</summary>
    public required string Detail { get; init; }

    /// <summary>What is wrong, as a stable noun phrase that scripts can match on, such as <c>WrongDevicePort</c>; null where nothing is.</summary>
    public string? Cause { get; init; }

    /// <summary>What to do about it; null where there is nothing to do.</summary>
    public string? Advice { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>What was checked: a device, an end point, a path; null where it did not come to that.</summary>
    public string? Target { get; init; }

    /// <summary>What was learned of the device's FTP server, as JSON for <c>-DeviceTraits</c>, of the step <c>Traits</c>; null of all others.</summary>
    public string? DeviceTraits { get; init; }

    /// <summary>The device's IMSI, where it was chosen by IMSI.</summary>
    public string? Imsi { get; init; }

    /// <summary>The device's SIM ID, where it was chosen by SIM ID.</summary>
    public string? SimId { get; init; }

    /// <summary>The FTP server's control port on the device.</summary>
    public int DevicePort { get; init; }

    /// <summary>The router's ports that lead to the device's, as <c>-DevicePortMap</c> takes them; null where all have the same numbers.</summary>
    public string? DevicePortMap { get; init; }
}

/// <summary>How one step of <c>Test-NapterFtpDevice</c> ended.</summary>
public enum NapterFtpCheckStatus
{
    /// <summary>It works.</summary>
    Passed,

    /// <summary>It works, but something about it may cause trouble, or could not be found out.</summary>
    Warning,

    /// <summary>It does not work.</summary>
    Failed,

    /// <summary>It was not tried: an earlier step failed, or it was not wanted.</summary>
    Skipped,
}
