using System.Net;

namespace NapterFtp;

/// <summary>One line of Napter's audit log (<c>GET /audit_logs/napter</c>): a snapshot.</summary>
public sealed record NapterAuditLogEntry
{
    /// <summary>When it happened, by SORACOM's clock, in UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>What happened: <c>CREATED</c>, <c>DELETED</c> or <c>EXPIRED</c> for an entry; <c>ACCESS</c>, <c>CONNECTED</c>,
    /// <c>CLOSED</c>, <c>DENIED</c> or <c>REFUSED</c> for a connection.</summary>
    public required string Type { get; init; }

    /// <summary>The device's IMSI, 15 digits; null where SORACOM names none.</summary>
    public string? Imsi { get; init; }

    /// <summary>Names the connection; the same in all lines about it, null in those about an entry.</summary>
    public string? ConnectionId { get; init; }

    /// <summary>Who connected; null in lines about an entry.</summary>
    public IPAddress? SourceAddress { get; init; }

    /// <summary>The port of who connected, 1 to 65535; null in lines about an entry.</summary>
    public int? SourcePort { get; init; }

    /// <summary>The gateway's or the device's address; null where SORACOM names none.</summary>
    public IPAddress? DestinationAddress { get; init; }

    /// <summary>The port connected to, 1 to 65535; null where SORACOM names none.</summary>
    public int? DestinationPort { get; init; }

    /// <summary>Whether the connection was over TLS.</summary>
    public bool Tls { get; init; }
}
