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

    /// <summary>Its size in bytes; null where the device does not tell, and for directories.</summary>
    public long? Length { get; init; }

    /// <summary>When it was last changed, by the device's clock, in UTC as far as <see cref="TimeSource"/> says; null where the device does
    /// not tell.</summary>
    public DateTimeOffset? LastWriteTime { get; init; }

    /// <summary>Where <see cref="LastWriteTime"/> comes from.</summary>
    public NapterFtpTimeSource TimeSource { get; init; }

    /// <summary>What a symbolic link points to; null for anything else, and where the device does not tell.</summary>
    public string? LinkTarget { get; init; }

    /// <summary>The IMSI of the device, 15 digits; null where it was chosen by SIM ID.</summary>
    public string? Imsi { get; init; }

    /// <summary>The SIM ID of the device, 18 to 22 digits; null where it was chosen by IMSI.</summary>
    public string? SimId { get; init; }

    /// <summary>The SIM's service; null where the IMSI chose the device.</summary>
    public SimService? Service { get; init; }

    /// <summary>The device's FTP control port, 1 to 65535.</summary>
    public required int DevicePort { get; init; }

    /// <summary>The router's ports that lead to the device's, as <c>-DevicePortMap</c> takes them; null where all have the same numbers.</summary>
    public string? DevicePortMap { get; init; }

    /// <summary>The router in front of the device, where it was told what to forward; else null.</summary>
    public NapterRouter? Router { get; init; }

    /// <summary>The full path.</summary>
    public override string ToString() => FullName;
}

/// <summary>What an entry on a device is.</summary>
public enum NapterFtpItemType
{
    /// <summary>A file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link, whatever it points to.</summary>
    SymbolicLink,

    /// <summary>Anything else: a device node, a pipe, or what the device's listing does not tell.</summary>
    Other,
}

/// <summary>How a device is asked what is in a folder.</summary>
public enum NapterFtpListingFormat
{
    /// <summary>MLSD where the device offers it, else LIST, else NLST: the first that gives a listing that is understood.</summary>
    Auto,

    /// <summary>MLSD (RFC 3659 section 7), also where FEAT does not list it.</summary>
    Mlsd,

    /// <summary>LIST (RFC 959), in any of the dialects that are known; NLST where none fits.</summary>
    List,

    /// <summary>NLST (RFC 959): names alone, with SIZE and MDTM for each.</summary>
    Nlst,
}

/// <summary>Where an item's time comes from, and so how far it can be trusted.</summary>
public enum NapterFtpTimeSource
{
    /// <summary>The device tells no time.</summary>
    None,

    /// <summary>MLSD's <c>modify</c> fact: UTC by RFC 3659.</summary>
    Mlsd,

    /// <summary>The reply to MDTM: UTC by RFC 3659.</summary>
    Mdtm,

    /// <summary>A LIST line, brought to UTC by what MDTM told of one of its files.</summary>
    ListInUtc,

    /// <summary>A LIST line of a device that tells no time zone: taken as UTC, which may be wrong by hours.</summary>
    List,
}
