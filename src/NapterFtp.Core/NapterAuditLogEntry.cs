using System.Net;

namespace NapterFtp;

/// <summary>One line of Napter's audit log (<c>GET /audit_logs/napter</c>): a snapshot.</summary>
public sealed record NapterAuditLogEntry
{
    /// <summary>When it happened.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>What happened: <c>CREATED</c>, <c>DELETED</c> or <c>EXPIRED</c> for an entry; <c>ACCESS</c>, <c>CONNECTED</c>,
    /// <c>CLOSED</c>, <c>DENIED</c> or <c>REFUSED</c> for a connection.</summary>
    public required string Type { get; init; }

    /// <summary>The device's IMSI.</summary>
    public string? Imsi { get; init; }

    /// <summary>Names the connection; the same in all lines about it.</summary>
    public string? ConnectionId { get; init; }

    /// <summary>Who connected.</summary>
    public IPAddress? SourceAddress { get; init; }

    /// <summary>The port of who connected.</summary>
    public int? SourcePort { get; init; }

    /// <summary>The gateway's or the device's address.</summary>
    public IPAddress? DestinationAddress { get; init; }

    /// <summary>The port connected to.</summary>
    public int? DestinationPort { get; init; }

    /// <summary>Whether the connection was over TLS.</summary>
    public bool Tls { get; init; }
}
