namespace NapterFtp;

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
