using System.Net;

namespace NapterFtp;

/// <summary>One IoT SIM of the account (schema <c>Sim</c> of SORACOM's API): a snapshot.</summary>
public sealed record NapterSim
{
    /// <summary>The SIM ID, 18 to 22 digits.</summary>
    public required string SimId { get; init; }

    /// <summary>The IMSI of the running session, else of the active profile; null where SORACOM names none.</summary>
    public string? Imsi { get; init; }

    /// <summary>The session that a port leads to where none is chosen: Arc for a SIM that has only that (its IMSI begins with 99999, and
    /// it has no Air session), else Air.</summary>
    public SimService Service { get; init; }

    /// <summary>The value of the tag <c>name</c>; empty where the SIM has none.</summary>
    public string Name { get; init; } = "";

    /// <summary>All tags but <c>name</c>.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether SORACOM holds a session for it. A device that lost power may stay online here for a while.</summary>
    public bool Online { get; init; }

    /// <summary>The contract's state: <c>ready</c>, <c>active</c>, <c>inactive</c>, <c>standby</c>, <c>suspended</c> or <c>terminated</c>; null where
    /// SORACOM names none.</summary>
    public string? Status { get; init; }

    /// <summary>The speed class, such as <c>s1.fast</c>, which caps the transfer rate; null where there is none.</summary>
    public string? SpeedClass { get; init; }

    /// <summary>The active profile's subscription, such as <c>plan01s</c>; null where there is none.</summary>
    public string? Subscription { get; init; }

    /// <summary>The device's private address in the running session; null without one.</summary>
    public IPAddress? IpAddress { get; init; }

    /// <summary>The IMEI of the device in the running session; null without one.</summary>
    public string? Imei { get; init; }

    /// <summary>The radio technology of the running session, such as <c>LTE</c>; null without one.</summary>
    public string? RadioType { get; init; }

    /// <summary>The mobile country code of the network that the device is in (ITU-T E.212); null without a session.</summary>
    internal int? MobileCountry { get; init; }

    /// <summary>The group's ID; null where it is in none.</summary>
    public string? GroupId { get; init; }

    /// <summary>The card's serial number; null for virtual SIMs.</summary>
    public string? SerialNumber { get; init; }

    /// <summary>The form factor, such as <c>nano</c> or <c>virtual</c>; null where SORACOM names none.</summary>
    public string? ModuleType { get; init; }

    /// <summary>When the network last heard of the device: its session's last change or its last location update,
    /// by SORACOM's clock, in UTC; null where it never did.</summary>
    public DateTimeOffset? LastSeen { get; init; }

    /// <summary>When Napter was last used with it, by SORACOM's clock, in UTC; null where it never was.</summary>
    public DateTimeOffset? LastPortCreatedAt { get; init; }

    /// <summary>When the contract began, by SORACOM's clock, in UTC; null where SORACOM does not say.</summary>
    public DateTimeOffset? CreatedAt { get; init; }
}
