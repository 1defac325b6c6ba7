using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace NapterFtp.Simulator.Gateway;

/// <summary>One entry: a listener of its own, and its connections.</summary>
internal sealed class GatewayEntry : IAsyncDisposable
{
    private readonly Func<GatewayEntry, Socket, CancellationToken, Task> _serve;
    private readonly KeptListener _listener = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly ConcurrentDictionary<Task, byte> _connections = new();
    private readonly CancellationTokenSource _cut = new();
    private readonly CancellationTokenSource _deaf = new();
    private Task _accepting = Task.CompletedTask;
    private int _state;
    private int _totalConnections;
    private int _liveConnections;

    public GatewayEntry(
        long id, EntryRequest request, DateTimeOffset createdAt, Func<GatewayEntry, Socket, CancellationToken, Task> serve)
    {
        _serve = serve;
        Id = id;
        Request = request;
        CreatedAt = createdAt;
        ExpiresAt = createdAt + request.Duration;
    }

    public long Id { get; }

    public EntryRequest Request { get; }

    public DateTimeOffset CreatedAt { get; }

    /// <summary>When it ends, as the API says.</summary>
    public DateTimeOffset ExpiresAt { get; }

    /// <summary>When it really ends.</summary>
    public DateTimeOffset EndsAt { get; init; }

    /// <summary>From when on it lets connections in.</summary>
    public DateTimeOffset WorksAt { get; init; }

    public IPEndPoint EndPoint => _listener.EndPoint;

    public EntryState State => (EntryState)Volatile.Read(ref _state);

    public int Connections => Volatile.Read(ref _liveConnections);

    public int TotalConnections => Volatile.Read(ref _totalConnections);

    /// <summary>The timer of what comes next: the entry's expiry, or the end of its silence.</summary>
    public ITimer? Timer { get; set; }

    /// <summary>Cancelled when the entry no longer listens, and silent connections need not be held any longer.</summary>
    public CancellationToken Deaf => _deaf.Token;

    public void Listen()
    {
        _listener.Listen(512);
        _accepting = AcceptAsync();
    }

    /// <summary>Ends the life of a live entry; false where it had ended already.</summary>
    public bool TryEnd(EntryState state) =>
        Interlocked.CompareExchange(ref _state, (int)state, (int)EntryState.Live) == (int)EntryState.Live;

    /// <summary>Refuses new connections from the moment of the call; completes when the last one has ended.</summary>
    public async Task StopListeningAsync()
    {
        Timer?.Dispose();
        var silenceEnds = _deaf.CancelAsync();
        _listener.Dispose();
        await silenceEnds;
        await _accepting;
        await Task.WhenAll(_connections.Keys);
    }

    /// <summary>Resets all connections.</summary>
    public Task CutAsync() => _cut.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await CutAsync();
        await StopListeningAsync();
    }

    public SimulatedPortMapping Snapshot() => new()
    {
        Imsi = Request.Sim.Imsi,
        SimId = Request.Sim.SimId,
        DevicePort = Request.DevicePort,
        IsControl = Request.IsControl,
        EndPoint = EndPoint,
        HostName = NapterGateway.HostName,
        CreatedAt = CreatedAt,
        ExpiresAt = ExpiresAt,
        Tls = Request.Tls,
        SourceRanges = Request.SourceRanges,
        Connections = Connections,
        TotalConnections = TotalConnections,
    };

    /// <summary>Counts a connection that was let in.</summary>
    public IDisposable Enter()
    {
        Interlocked.Increment(ref _totalConnections);
        Interlocked.Increment(ref _liveConnections);
        return new Presence(this);
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                var socket = await _listener.AcceptAsync(_deaf.Token);
                var connection = Task.Run(() => _serve(this, socket, _cut.Token));
                _connections.TryAdd(connection, 0);
                _ = connection.ContinueWith(ended => _connections.TryRemove(ended, out _), TaskScheduler.Default);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException) when (!_deaf.IsCancellationRequested)
            {
                // That client has gone; the next one may do better.
            }
            catch (SocketException)
            {
                return;
            }
        }
    }

    private sealed class Presence(GatewayEntry entry) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref entry._liveConnections);
    }
}
