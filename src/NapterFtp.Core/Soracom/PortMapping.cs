using System.Net;

namespace NapterFtp.Soracom;

/// <summary>An on-demand remote access entry as SORACOM describes it (schema <c>PortMapping</c>).</summary>
internal sealed record PortMapping
{
    /// <summary>The gateway's address and port.</summary>
    public required IPEndPoint EndPoint { get; init; }

    /// <summary>The gateway's host name, which its certificate carries.</summary>
    public required string HostName { get; init; }

    public string? Imsi { get; init; }

    public string? SimId { get; init; }

    public required int DevicePort { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public bool Expired { get; init; }

    public bool TlsRequired { get; init; }

    public IReadOnlyList<string> SourceRanges { get; init; } = [];
}
