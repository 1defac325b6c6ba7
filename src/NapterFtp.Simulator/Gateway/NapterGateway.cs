using System.Collections.Concurrent;
using System.Net;

namespace NapterFtp.Simulator.Gateway;

/// <summary>Napter's gateway: its entries, from their making to the silence after their end.</summary>
internal sealed class NapterGateway : IAsyncDisposable
{
    /// <summary>The gateway's address with dashes, as SORACOM names its own.</summary>
    public const string HostName = "127-0-0-1.napter.simulator.test";

    private readonly SimulatorOptions _options;
    private readonly AuditLog _audit;
    private readonly GatewayServer _server;
    private readonly ConcurrentDictionary<int, GatewayEntry> _live = new();
    private readonly SimulatorFaults _faults;
    private readonly ConcurrentQueue<GatewayEntry> _tombstones = new();
    private readonly ConcurrentDictionary<GatewayEntry, byte> _all = new();
    private long _lastId;

    public NapterGateway(SimulatorOptions options, AuditLog audit, GatewayServer server, SimulatorFaults faults)
    {
        _options = options;
        _audit = audit;
        _server = server;
        _faults = faults;
    }

    /// <summary>The live entries in the order of their making.</summary>
    public IReadOnlyList<GatewayEntry> LiveEntries
    {
        get
        {
            ExpireOverdue();
            return [.. _live.Values.OrderBy(entry => entry.Id)];
        }
    }

    /// <summary>What a list shows, rightly or not.</summary>
    public IReadOnlyList<GatewayEntry> Entries(EntryView view) => view switch
    {
        EntryView.None => [],
        EntryView.WithEnded => [.. _all.Keys.OrderBy(entry => entry.Id)],
        _ => LiveEntries,
    };

    public GatewayEntry Open(EntryRequest request)
    {
        var fault = _faults.ForEntry(request.Sim.Imsi, request.DevicePort, request.IsControl);
        var now = _options.TimeProvider.GetUtcNow();
        if (fault?.Kind == GatewayFaultKind.PlainEntry)
        {
            request = request with { Tls = false };
        }

        var entry = new GatewayEntry(Interlocked.Increment(ref _lastId), request, now, _server.ServeAsync)
        {
            EndsAt = now + (fault?.Kind == GatewayFaultKind.ExpiresEarly ? fault.Wait : request.Duration),
            WorksAt = now + (fault?.Kind == GatewayFaultKind.WorksLater ? fault.Wait : _options.EntryWorksAfter),
        };
        _audit.Add(AuditKind.Created, entry);
        if (fault?.Kind != GatewayFaultKind.RefuseConnections)
        {
            entry.Listen();
        }

        _all.TryAdd(entry, 0);
        _live[entry.EndPoint.Port] = entry;
        if (entry.EndsAt > now)
        {
            entry.Timer = StartTimer(() => Expire(entry), entry.EndsAt - now);
        }
        else
        {
            Expire(entry);
        }

        return entry;
    }

    /// <summary>Deletes a live entry; false where there is none.</summary>
    public bool TryDelete(string address, int port)
    {
        ExpireOverdue();
        if (address != IPAddress.Loopback.ToString()
            || !_live.TryGetValue(port, out var entry)
            || !entry.TryEnd(EntryState.Deleted))
        {
            return false;
        }

        End(entry, AuditKind.Deleted, _options.AfterDelete, _options.CutAtDelete);
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var entry in _all.Keys)
        {
            await entry.DisposeAsync();
        }
    }

    private void ExpireOverdue()
    {
        var now = _options.TimeProvider.GetUtcNow();
        foreach (var entry in _live.Values.Where(entry => now >= entry.EndsAt))
        {
            Expire(entry);
        }
    }

    private void Expire(GatewayEntry entry)
    {
        if (entry.TryEnd(EntryState.Expired))
        {
            End(entry, AuditKind.Expired, _options.AfterExpiry, _options.CutAtExpiry);
        }
    }

    private void End(GatewayEntry entry, AuditKind kind, ClosedEntryBehaviour behaviour, bool cut)
    {
        _live.TryRemove(entry.EndPoint.Port, out _);
        entry.Timer?.Dispose();
        _audit.Add(kind, entry);
        if (cut)
        {
            _ = entry.CutAsync();
        }

        if (behaviour == ClosedEntryBehaviour.Refuse)
        {
            Bury(entry);
            return;
        }

        entry.Timer = StartTimer(() => Bury(entry), _options.TombstoneTime);
        _tombstones.Enqueue(entry);
        while (_tombstones.Count > _options.TombstoneLimit && _tombstones.TryDequeue(out var oldest))
        {
            Bury(oldest);
        }
    }

    private void Bury(GatewayEntry entry) => _ = BuryAsync(entry);

    /// <summary>Stops listening, and forgets the entry once its last connection has ended.</summary>
    private async Task BuryAsync(GatewayEntry entry)
    {
        await entry.StopListeningAsync();
        _all.TryRemove(entry, out _);
    }

    private ITimer StartTimer(Action action, TimeSpan time) =>
        _options.TimeProvider.CreateTimer(_ => action(), null, time, Timeout.InfiniteTimeSpan);
}
