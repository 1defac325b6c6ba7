using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;
using NapterFtp.Transport;

namespace NapterFtp.Relay;

/// <summary>Accepts local clients and keeps track of their sessions. It stops by taking no new ones, asking those that run to
/// end, giving them time, and then ending them.</summary>
internal sealed class LocalServer
{
    private readonly LocalListener _listener;
    private readonly LocalServerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _abort = new();
    private readonly ConcurrentDictionary<ILocalSession, Task> _sessions = new();
    private readonly Task _accepting;
    private long _total;
    private volatile bool _stopping;

    public LocalServer(LocalListener listener, LocalServerOptions options, TimeProvider time, ILogger logger)
    {
        _listener = listener;
        _options = options;
        _time = time;
        _logger = logger;
        _accepting = AcceptAsync();
    }

    /// <summary>Where clients connect; the real port.</summary>
    public IPEndPoint EndPoint => _listener.EndPoint;

    /// <summary>Sessions now.</summary>
    public int Count => _sessions.Count;

    /// <summary>Sessions since the start.</summary>
    public long Total => Interlocked.Read(ref _total);

    /// <summary>Stops, with all sessions ended when it returns. To be called once; never throws.</summary>
    /// <param name="drain">How long sessions may take to end by themselves; zero ends them at once.</param>
    /// <param name="cancellationToken">Cuts the drain short.</param>
    public async Task StopAsync(TimeSpan drain, CancellationToken cancellationToken)
    {
        _stopping = true;
        _listener.Dispose();
        await _accepting;
        foreach (var session in _sessions.Keys)
        {
            session.RequestStop();
        }

        var ended = Task.WhenAll(_sessions.Values);
        try
        {
            await ended.WaitAsync(drain, _time, cancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            _logger.LogInformation("Ending {Count} sessions that still run.", _sessions.Count);
        }

        await _abort.CancelAsync();
        await ended;
        _abort.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (await _listener.AcceptAsync(CancellationToken.None) is { } socket)
        {
            Admit(new SocketConnection(socket));
        }
    }

    private void Admit(Connection connection)
    {
        var address = Addresses.Plain(connection.RemoteEndPoint?.Address ?? IPAddress.None);
        if (_options.AllowedClients.Count > 0 && !_options.AllowedClients.Any(range => range.Contains(address)))
        {
            _logger.LogWarning("Refused a client from {Address}: it is not among the allowed ones.", address);
            _options.Refuse(connection, "Your address is not allowed here.");
        }
        else if (_sessions.Count >= _options.MaxSessions)
        {
            _options.Refuse(connection, $"The relay has its {_options.MaxSessions} sessions already; try again later.");
        }
        else
        {
            Begin(connection);
        }
    }

    private void Begin(Connection connection)
    {
        var id = Interlocked.Increment(ref _total).ToString(CultureInfo.InvariantCulture);
        var session = _options.Open(connection, id, _abort.Token);

        // Listed before it runs, so that it is there to be taken off when it ends.
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _sessions.TryAdd(session, done.Task);
        _ = RunAsync(session, done);
        if (_stopping)
        {
            session.RequestStop();
        }
    }

    private async Task RunAsync(ILocalSession session, TaskCompletionSource done)
    {
        await session.RunAsync();
        _sessions.TryRemove(session, out _);
        done.SetResult();
    }
}

/// <summary>Whom a <see cref="LocalServer"/> lets in, and what becomes of them.</summary>
internal sealed record LocalServerOptions
{
    /// <summary>The clients let in; empty: whoever reaches the listening address.</summary>
    public required IReadOnlyList<IPNetwork> AllowedClients { get; init; }

    /// <summary>Sessions at once.</summary>
    public required int MaxSessions { get; init; }

    /// <summary>Makes the session of a client: its connection, its number, and what ends it at once.</summary>
    public required Func<Connection, string, CancellationToken, ILocalSession> Open { get; init; }

    /// <summary>Turns a client away with a reason. Takes over the connection; must not wait.</summary>
    public required Action<Connection, string> Refuse { get; init; }
}

/// <summary>What serves one local client.</summary>
internal interface ILocalSession
{
    /// <summary>Serves until either side leaves; never throws.</summary>
    Task RunAsync();

    /// <summary>Lets the session end by itself soon: at once where nothing is under way.</summary>
    void RequestStop();
}
