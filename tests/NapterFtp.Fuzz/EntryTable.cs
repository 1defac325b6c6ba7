using System.Collections.Concurrent;
using System.Net;
using NapterFtp.Soracom;
using NapterFtp.Transport;

namespace NapterFtp.Fuzz;

/// <summary>SORACOM's entries in memory, and a gateway behind them whose data connections end at once.</summary>
internal sealed class EntryTable(ScriptedConnection device) : IPortMappingApi, IGatewayDialer
{
    private readonly ConcurrentDictionary<IPEndPoint, PortMapping> _entries = new();
    private int _next = 20000;

    public int Count => _entries.Count;

    public TimeSpan? ClockAhead => null;

    public Task<PortMapping> CreateAsync(PortMappingRequest request, CancellationToken cancellationToken)
    {
        var entry = new PortMapping
        {
            EndPoint = new IPEndPoint(IPAddress.Parse("192.0.2.1"), Interlocked.Increment(ref _next)),
            HostName = "gateway.test",
            Imsi = request.Device.Imsi,
            DevicePort = request.DevicePort,
            CreatedAt = DateTimeOffset.UtcNow,
            ExpiresAt = DateTimeOffset.UtcNow + request.Duration,
            TlsRequired = true,
        };
        _entries[entry.EndPoint] = entry;
        return Task.FromResult(entry);
    }

    public Task<bool> DeleteAsync(IPEndPoint endPoint, Deadline? limit, CancellationToken cancellationToken) =>
        Task.FromResult(_entries.TryRemove(endPoint, out _));

    public Task<IReadOnlyList<PortMapping>> ListAsync(DeviceTarget? device, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<PortMapping>>([.. _entries.Values]);

    public Task<Connection> ConnectAsync(GatewayEndPoint endPoint, CancellationToken cancellationToken) =>
        Task.FromResult<Connection>(_entries[endPoint.EndPoint].DevicePort == 21 ? device : new ScriptedConnection([[1, 2, 3]]));
}
