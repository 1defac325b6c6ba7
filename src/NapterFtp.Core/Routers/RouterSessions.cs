using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;
using NapterFtp.Entries;
using NapterFtp.Soracom;
using NapterFtp.Transport;

namespace NapterFtp.Routers;

/// <summary>The routers that one connection tells what to forward.</summary>
/// <param name="ports">Where the way to a router's SSH server comes from.</param>
/// <param name="dialer">Connects to the gateway.</param>
/// <param name="api">For commands that SORACOM passes on.</param>
/// <param name="stateFolder">The user's folder for state; null where there is none.</param>
/// <param name="time">The clock.</param>
/// <param name="loggers">Told of each command.</param>
internal sealed class RouterSessions(
    Func<EntryManager> ports, IGatewayDialer dialer, SoracomClient api, string? stateFolder, TimeProvider time, ILoggerFactory loggers) : IPortForwarder
{
    private const int Attempts = 8;

    // How far the router's clock may be off when the expiry in its rules is worked out: they outlive the entry a little.
    private static readonly TimeSpan s_margin = TimeSpan.FromMinutes(5);

    private readonly object _lock = new();
    private readonly Dictionary<object, RouterSession> _sessions = [];
    private readonly HashSet<(DeviceTarget Router, int Port)> _used = [];
    private readonly ConcurrentDictionary<string, string> _keyTypes = new(StringComparer.Ordinal);
    private readonly ILogger _logger = loggers.CreateLogger("NapterFtp.Routers");
    private RouterOwner? _owner;
    private int _lastNumber;
    private bool _disposed;

    /// <inheritdoc/>
    public async Task<IForwarding> OpenAsync(NapterRouter router, int devicePort, TimeSpan life, CancellationToken cancellationToken)
    {
        var session = Of(router);
        for (var attempt = 1; ; attempt++)
        {
            var rule = Next(router, life, devicePort);
            try
            {
                await session.AddAsync(rule, cancellationToken);
                return new Forwarding(this, session, router, rule);
            }
            catch (NapterFtpException exception) when (MayTryAnother(exception, router, attempt))
            {
                // Stays in use, as far as we are concerned.
                _logger.LogDebug("{Error} Another is tried.", exception.Message);
            }
            catch
            {
                _ = EndAsync(session, router, rule);
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public async Task<IReturnPort> ListenAsync(NapterRouter router, TimeSpan life, CancellationToken cancellationToken)
    {
        var session = Of(router);
        var way = await session.WayBackAsync(router.DeviceAddress, cancellationToken);
        for (var attempt = 1; ; attempt++)
        {
            var rule = Next(router, life, devicePort: 0) with { Back = way };
            try
            {
                return new ReturnPort(this, session, router, rule, await session.AddReturnAsync(rule, cancellationToken));
            }
            catch (NapterFtpException exception) when (MayTryAnother(exception, router, attempt))
            {
                _logger.LogDebug("{Error} Another is tried.", exception.Message);
                await session.RemoveAsync(rule);
            }
            catch
            {
                _ = EndAsync(session, router, rule);
                throw;
            }
        }
    }

    /// <summary>The session with a router, which may not have begun.</summary>
    public RouterSession Of(NapterRouter router)
    {
        // Who logs in otherwise has a session of his own.
        var key = (router.Target, router.Port, router.Via, router.Backend, router.HostKeyFingerprint, router.RuleDuration, router.Login);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_sessions.TryGetValue(key, out var session))
            {
                session = new RouterSession(router, Owner, token => LogInAsync(router, token), time, _logger);
                _sessions.Add(key, session);
            }

            return session;
        }
    }

    /// <summary>The commands that would have a port of the device's forwarded, and end that; changes nothing.</summary>
    public Task<IReadOnlyList<string>> PreviewAsync(NapterRouter router, int devicePort, CancellationToken cancellationToken) =>
        Of(router).PreviewAsync(Next(router, EntryManager.LongestDuration, devicePort), cancellationToken);

    /// <summary>The host key that a router shows now: the trusted one where it has that.</summary>
    public Task<string> AskHostKeyAsync(NapterRouter router, CancellationToken cancellationToken) =>
        SshShell.AskHostKeyAsync(ports(), dialer, router, new HostKeyChoice(router.HostKeyFingerprint, _keyTypes) { LooksOnly = true }, time, _logger, cancellationToken);

    /// <summary>The process ends: what routers have not been told within this time they do by themselves.</summary>
    public void EndWithin(TimeSpan limit)
    {
        lock (_lock)
        {
            foreach (var session in _sessions.Values)
            {
                session.EndWithin(limit);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        RouterSession[] sessions;
        lock (_lock)
        {
            _disposed = true;
            sessions = [.. _sessions.Values];
        }

        await Task.WhenAll(sessions.Select(session => session.DisposeAsync().AsTask()));

        _owner?.End(leavesRules: sessions.Any(session => session.LeavesRules));
    }

    private RouterOwner Owner
    {
        get
        {
            lock (_lock)
            {
                return _owner ??= new RouterOwner(stateFolder);
            }
        }
    }

    private async Task<IRouterShell> LogInAsync(NapterRouter router, CancellationToken cancellationToken) => router.Via == NapterRouterVia.Api
        ? await ApiShell.OpenAsync(api, router, cancellationToken)
        : await SshShell.OpenAsync(ports(), dialer, router, new HostKeyChoice(router.HostKeyFingerprint, _keyTypes), time, _logger, cancellationToken);

    /// <summary>Whether another port may do. What refuses to listen refuses all ports, unless a program of the router's has just this one.</summary>
    private static bool MayTryAnother(NapterFtpException error, NapterRouter router, int attempt) =>
        attempt < Math.Min(router.LastPort - router.FirstPort + 1, error.ErrorId switch { "RouterPortTaken" => Attempts, "RouterListenRefused" => 2, _ => 0 });

    private ForwardRule Next(NapterRouter router, TimeSpan life, int devicePort)
    {
        var port = Take(router);
        var tag = new RuleTag(Owner.Id, (time.GetUtcNow() + life + s_margin).ToUnixTimeSeconds(), Interlocked.Increment(ref _lastNumber));
        return new ForwardRule(tag, port, router.DeviceAddress, devicePort);
    }

    /// <summary>A port that none of our own forwardings has; by chance, for other computers choose too.</summary>
    private int Take(NapterRouter router)
    {
        var count = router.LastPort - router.FirstPort + 1;
        var start = Random.Shared.Next(count);
        lock (_lock)
        {
            for (var i = 0; i < count; i++)
            {
                var port = router.FirstPort + ((start + i) % count);
                if (port != router.Port && _used.Add((router.Target, port)))
                {
                    return port;
                }
            }
        }

        throw RouterErrors.PortsExhausted(router);
    }

    private async Task EndAsync(RouterSession session, NapterRouter router, ForwardRule rule)
    {
        await session.RemoveAsync(rule);
        Free(router, rule);
    }

    private void Free(NapterRouter router, ForwardRule rule)
    {
        lock (_lock)
        {
            _used.Remove((router.Target, rule.RouterPort));
        }
    }

    private sealed class Forwarding(RouterSessions owner, RouterSession session, NapterRouter router, ForwardRule rule) : IForwarding
    {
        public int RouterPort => rule.RouterPort;

        public Task CloseAsync() => owner.EndAsync(session, router, rule);
    }

    private sealed class ReturnPort(RouterSessions owner, RouterSession session, NapterRouter router, ForwardRule rule, Listening listening) : IReturnPort
    {
        public IPEndPoint EndPoint { get; } = new(rule.Back!.Address, rule.RouterPort);

        public Task<Connection> AcceptAsync(CancellationToken cancellationToken) => listening.Listener.AcceptAsync(cancellationToken);

        public async Task CloseAsync()
        {
            await Task.WhenAll(session.RemoveAsync(rule), listening.DisposeAsync().AsTask());
            _ = FreeAsync();
        }

        private async Task FreeAsync()
        {
            await listening.Login.PortsAreFree;
            owner.Free(router, rule);
        }
    }
}
