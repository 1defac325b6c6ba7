using System.Net;

namespace NapterFtp;

/// <summary>One IoT SIM of the account (schema <c>Sim</c> of SORACOM's API): a snapshot.</summary>
public sealed record NapterSim
{
    /// <summary>The SIM ID.</summary>
    public required string SimId { get; init; }

    /// <summary>The IMSI of the running session, else of the active profile; null where SORACOM names none.</summary>
    public string? Imsi { get; init; }

    /// <summary>The value of the tag <c>name</c>; empty where the SIM has none.</summary>
    public string Name { get; init; } = "";

    /// <summary>All tags but <c>name</c>.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether SORACOM holds a session for it. A device that lost power may stay online here for a while.</summary>
    public bool Online { get; init; }

    /// <summary>The contract's state: <c>ready</c>, <c>active</c>, <c>inactive</c>, <c>standby</c>, <c>suspended</c> or <c>terminated</c>.</summary>
    public string? Status { get; init; }

    /// <summary>The speed class, such as <c>s1.fast</c>, which caps the transfer rate.</summary>
    public string? SpeedClass { get; init; }

    /// <summary>The subscription, such as <c>plan01s</c>.</summary>
    public string? Subscription { get; init; }

    /// <summary>The device's private address in the running session.</summary>
    public IPAddress? IpAddress { get; init; }

    /// <summary>The IMEI of the device in the running session.</summary>
    public string? Imei { get; init; }

    /// <summary>The radio technology of the running session, such as <c>LTE</c>.</summary>
    public string? RadioType { get; init; }

    /// <summary>The group's ID.</summary>
    public string? GroupId { get; init; }

    /// <summary>The card's serial number; virtual SIMs have none.</summary>
    public string? SerialNumber { get; init; }

    /// <summary>The form factor, such as <c>nano</c> or <c>virtual</c>.</summary>
    public string? ModuleType { get; init; }

    /// <summary>When the network last heard of the device: its session's last change or its last location update.</summary>
    public DateTimeOffset? LastSeen { get; init; }

    /// <summary>When Napter was last used with it.</summary>
    public DateTimeOffset? LastPortCreatedAt { get; init; }

    /// <summary>When the contract began.</summary>
    public DateTimeOffset? CreatedAt { get; init; }
}
