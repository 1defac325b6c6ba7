namespace NapterFtp.Soracom;

/// <summary>Which lines of the audit log <c>GET /audit_logs/napter</c> gives.</summary>
internal sealed record AuditLogQuery
{
    /// <summary>One device's lines; null for all.</summary>
    public string? Imsi { get; init; }

    public DateTimeOffset? After { get; init; }

    public DateTimeOffset? Before { get; init; }

    /// <summary>How many lines at most; null for all.</summary>
    public int? First { get; init; }
}
