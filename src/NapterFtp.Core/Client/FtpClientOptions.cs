namespace NapterFtp.Client;

/// <summary>How the FTP client talks to a device. Every wait has a limit here.</summary>
internal sealed record FtpClientOptions
{
    public FtpLogin Login { get; init; } = FtpLogin.Anonymous;

    /// <summary>The encoding of names.</summary>
    public NameCodec Names { get; init; } = NameCodec.Utf8;

    /// <summary>How long SORACOM may take to open a port. Its API takes a limited number of calls, for which a fleet has to wait.</summary>
    public TimeSpan PortTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a connection may take to be made.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a reply may take; cellular devices take seconds.</summary>
    public TimeSpan ReplyTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a data connection may be silent.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the final reply may take once the data has ended, before the device is asked whether it is still there.</summary>
    public TimeSpan FinalReplyGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a passive reply asked for ahead stays good: devices give up listening after a while.</summary>
    public TimeSpan PassiveReplyLife { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long saying goodbye may take.</summary>
    public TimeSpan QuitTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Data ports kept open for reuse at a time; the one not used for longest gives way. More than the ports that a router
    /// in front of a device usually forwards.</summary>
    public int DataPortLimit { get; init; } = 48;

    /// <summary>The life asked for a port.</summary>
    public TimeSpan PortDuration { get; init; } = TimeSpan.FromHours(4);

    /// <summary>The name under which the ports are listed; null for none.</summary>
    public string? PortOwner { get; init; }

    /// <summary>Data ports of the device below this are refused (RFC 2577 §3).</summary>
    public int LowestDataPort { get; init; } = 1024;

    /// <summary>Bytes of one listing before the device is judged broken.</summary>
    public int ListingLimit { get; init; } = 64 * 1024 * 1024;

    /// <summary>Folders below each other before a loop is suspected.</summary>
    public int DepthLimit { get; init; } = 64;
}
