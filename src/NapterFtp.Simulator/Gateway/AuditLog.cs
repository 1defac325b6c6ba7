using System.Net;

namespace NapterFtp.Simulator.Gateway;

/// <summary>What the gateway did, as SORACOM's audit log tells it.</summary>
internal sealed class AuditLog(TimeProvider time)
{
    private const int Capacity = 100_000;

    private readonly Queue<AuditEntry> _entries = new();
    private readonly object _lock = new();
    private long _last;

    public void Add(AuditKind kind, GatewayConnection connection) => Add(kind, connection.Entry, connection.Id, connection.Source);

    public void Add(AuditKind kind, GatewayEntry entry, string? connectionId = null, IPEndPoint? source = null)
    {
        lock (_lock)
        {
            // The log is paged by time, so no two entries may share one.
            _last = Math.Max(_last + 1, time.GetUtcNow().ToUnixTimeMilliseconds());
            _entries.Enqueue(new AuditEntry(
                kind, _last, entry.Request.Sim.Imsi, entry.Request.Tls, connectionId, source, new(entry.EndPoint.Address, entry.Request.DevicePort)));
            if (_entries.Count > Capacity)
            {
                _entries.Dequeue();
            }
        }
    }

    public IEnumerable<AuditEntry> NewestFirst()
    {
        lock (_lock)
        {
            return _entries.Reverse().ToArray();
        }
    }
}

/// <param name="Kind">What happened.</param>
/// <param name="CreatedAt">When, in epoch milliseconds.</param>
/// <param name="Imsi">The SIM's IMSI.</param>
/// <param name="Tls">Whether the entry required TLS.</param>
/// <param name="ConnectionId">The connection, where there is one.</param>
/// <param name="Source">Where it came from, where there is one.</param>
/// <param name="Destination">The device's port.</param>
internal sealed record AuditEntry(
    AuditKind Kind, long CreatedAt, string Imsi, bool Tls, string? ConnectionId, IPEndPoint? Source, IPEndPoint Destination);

/// <summary>The audit log's types, in capitals on the wire.</summary>
internal enum AuditKind
{
    Created,
    Access,
    Connected,
    Closed,
    Denied,
    Refused,
    Deleted,
    Expired,
}
