namespace NapterFtp;

/// <summary>A file or directory on a device: a snapshot. Its properties bind to the item cmdlets' parameters by name.</summary>
public sealed record NapterFtpItem
{
    /// <summary>The name without its folder.</summary>
    public required string Name { get; init; }

    /// <summary>The absolute path on the device, with <c>/</c> between its parts.</summary>
    public required string FullName { get; init; }

    /// <summary>What it is.</summary>
    public required NapterFtpItemType Type { get; init; }

    /// <summary>Bytes; null where the device does not tell, and for directories.</summary>
    public long? Length { get; init; }

    /// <summary>When it was last changed; null where the device does not tell.</summary>
    public DateTimeOffset? LastWriteTime { get; init; }

    /// <summary>Where <see cref="LastWriteTime"/> comes from.</summary>
    public NapterFtpTimeSource TimeSource { get; init; }

    /// <summary>What a symbolic link points to, where the device tells.</summary>
    public string? LinkTarget { get; init; }

    /// <summary>The IMSI of the device, where it was chosen by IMSI.</summary>
    public string? Imsi { get; init; }

    /// <summary>The SIM ID of the device, where it was chosen by SIM ID.</summary>
    public string? SimId { get; init; }

    /// <summary>The SIM's service, where the SIM ID chose the device.</summary>
    public SimService? Service { get; init; }

    /// <summary>The device's FTP control port.</summary>
    public required int DevicePort { get; init; }

    /// <summary>The full path.</summary>
    public override string ToString() => FullName;
}
