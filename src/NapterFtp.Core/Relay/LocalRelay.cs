using System.Net;
using Microsoft.Extensions.Logging;
using NapterFtp.Entries;
using NapterFtp.Ftp;
using NapterFtp.Transport;

namespace NapterFtp.Relay;

/// <summary>What a proxy and a tunnel have in common: a local listener, the Napter port to the device that its sessions share, and
/// the counters of all its ports. It holds no port any more once it has stopped.</summary>
internal sealed class LocalRelay
{
    private readonly EntryManager _ports;
    private readonly RelayOptions _options;
    private readonly LocalListener _listener;
    private readonly RelayTotals _totals;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LocalServer? _server;
    private int _stopping;

    private LocalRelay(
        EntryManager ports, RelayOptions options, LocalListener listener, string name, RelayTotals totals, SharedPorts sharedPorts, TimeProvider time, ILogger logger)
    {
        _ports = ports;
        _options = options;
        _listener = listener;
        _totals = totals;
        _time = time;
        _logger = logger;
        Name = name;
        SharedPorts = sharedPorts;
        Started = time.GetUtcNow();
    }

    /// <summary>The name in events and lists.</summary>
    public string Name { get; }

    /// <summary>The device; null where each session has its own.</summary>
    public DeviceTarget? Device => _options.Device;

    /// <summary>The TCP port on the device.</summary>
    public int DevicePort => _options.DevicePort;

    /// <summary>The router's port that leads to it, where that is another one; else null.</summary>
    public int? RouterPort => _options.PortMap.RouterPort(_options.DevicePort);

    /// <summary>The Napter ports that sessions share, one for each device.</summary>
    public SharedPorts SharedPorts { get; }

    /// <summary>The shared port of the only device.</summary>
    public SharedLease Port => SharedPorts.Of(Device ?? throw new InvalidOperationException("Each session has a device of its own."));

    /// <summary>Where local clients connect; the real port.</summary>
    public IPEndPoint ListenEndPoint => _listener.EndPoint;

    /// <summary>Ends when the relay has stopped and holds no port.</summary>
    public Task Completion => _completion.Task;

    public DateTimeOffset Started { get; }

    public NapterFtpProxyState State =>
        _completion.Task.IsCompleted ? NapterFtpProxyState.Stopped
        : Volatile.Read(ref _stopping) != 0 ? NapterFtpProxyState.Stopping
        : NapterFtpProxyState.Listening;

    /// <summary>Sessions now.</summary>
    public int Sessions => _server?.Count ?? 0;

    /// <summary>Sessions since the start.</summary>
    public long TotalSessions => _server?.Total ?? 0;

    /// <summary>Ports opened since the start.</summary>
    public long TotalPorts => _totals.Opened;

    /// <summary>Takes the local port, then, where <see cref="RelayOptions.OpensAtStart"/> says so, opens the Napter port, so that a wrong device
    /// shows at once.</summary>
    /// <param name="ports">Where Napter ports come from.</param>
    /// <param name="options">How to listen.</param>
    /// <param name="kind">What the shared port is, for its events.</param>
    /// <param name="linger">How long the shared port is kept after the last session.</param>
    /// <param name="time">The clock of every wait.</param>
    /// <param name="logger">Where refusals go.</param>
    /// <param name="observer">Gets the events of the relay's ports from the first on; null for none.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    /// <exception cref="NapterFtpException">What <see cref="LocalListener.Start"/> and SORACOM report.</exception>
    public static async Task<LocalRelay> OpenAsync(
        EntryManager ports,
        RelayOptions options,
        NapterPortKind kind,
        TimeSpan linger,
        TimeProvider time,
        ILogger logger,
        Action<NapterPortEvent>? observer,
        CancellationToken cancellationToken)
    {
        // The listener first: a port in use is found out without a call to SORACOM.
        var listener = LocalListener.Start(new IPEndPoint(options.ListenAddress, options.Port), time, logger, forSessions: true);
        var name = options.Name ?? options.PortMap.Label(options.Device, options.DevicePort);
        var totals = new RelayTotals(ports, name, observer);
        var shared = new SharedPorts(device => new SharedLease(
            ports,
            new EntryRequest
            {
                Device = device,
                DevicePort = options.DevicePort,
                PortMap = options.PortMap,
                Kind = kind,
                Proxy = name,
                LocalEndPoint = listener.EndPoint,
                Duration = options.PortDuration,
                SourceRanges = options.SourceRanges,
            },
            new SharedLeaseOptions { IdleTime = linger },
            time));
        try
        {
            if (options is { OpensAtStart: true, Device: { } device })
            {
                (await shared.Of(device).AcquireAsync(cancellationToken)).Release();
            }

            return new LocalRelay(ports, options, listener, name, totals, shared, time, logger);
        }
        catch
        {
            listener.Dispose();
            await shared.DisposeAsync();
            totals.Dispose();
            throw;
        }
    }

    /// <summary>Begins to accept clients. To be called once.</summary>
    /// <param name="maxSessions">Sessions at once.</param>
    /// <param name="open">Makes a client's session.</param>
    /// <param name="refuse">Turns a client away, which it owns then.</param>
    public void Serve(
        int maxSessions,
        Func<Connection, string, CancellationToken, ILocalSession> open,
        Action<Connection, string> refuse)
    {
        var options = new LocalServerOptions
        {
            AllowedClients = _options.AllowedClients,
            MaxSessions = maxSessions,
            Open = open,
            Refuse = refuse,
        };
        _server = new LocalServer(_listener, options, _time, _logger);
    }

    /// <inheritdoc cref="StopAsync(TimeSpan, IProgress{int}?, CancellationToken)"/>
    public Task StopAsync(TimeSpan drain, CancellationToken cancellationToken) => StopAsync(drain, left: null, cancellationToken);

    /// <summary>Ports open now, and all bytes so far.</summary>
    public (int Ports, long FromDevice, long ToDevice) Totals() => _totals.Now();

    /// <summary>Takes no new client, asks sessions to end and gives them time, then ends them and closes every port. Never throws.</summary>
    /// <param name="drain">How long sessions may go on; zero ends them at once.</param>
    /// <param name="left">Told how many ports are not closed yet; null for nobody.</param>
    /// <param name="cancellationToken">Cuts the drain short, and the wait for the ports' ends, which come about all the same.</param>
    public async Task StopAsync(TimeSpan drain, IProgress<int>? left, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _stopping, 1) != 0)
        {
            await _completion.Task;
            return;
        }

        if (_server is { } server)
        {
            await server.StopAsync(drain, cancellationToken);
        }
        else
        {
            _listener.Dispose();
        }

        await SharedPorts.DisposeAsync();
        await _ports.CloseAllAsync(Name, EntryManager.CloseLimit, left, cancellationToken);
        _totals.Dispose();
        _completion.TrySetResult();
    }
}

/// <summary>How a proxy or tunnel listens, whom it lets in and how it uses its Napter ports.</summary>
internal abstract record RelayOptions
{
    /// <summary>The device; null where each client names one.</summary>
    public required DeviceTarget? Device { get; init; }

    /// <summary>The TCP port on the device, 1 to 65535.</summary>
    public int DevicePort { get; init; }

    /// <summary>Which ports of a router lead to the device's.</summary>
    public DevicePortMap PortMap { get; init; } = DevicePortMap.None;

    /// <summary>The name in events and lists; null makes one from the device.</summary>
    public string? Name { get; init; }

    /// <summary>The local address to listen on. Loopback unless the user says otherwise.</summary>
    public IPAddress ListenAddress { get; init; } = IPAddress.Loopback;

    /// <summary>The local port to listen on; 0 for any free one.</summary>
    public int Port { get; init; }

    /// <summary>CIDR ranges that SORACOM lets connect; empty: the address its API sees us call from.</summary>
    public IReadOnlyList<string> SourceRanges { get; init; } = [];

    /// <summary>How long a Napter entry may live, up to 8 hours; that of the shared port is renewed ahead of its end.</summary>
    public TimeSpan PortDuration { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The clients let in; empty: whoever reaches the listening address.</summary>
    public IReadOnlyList<IPNetwork> AllowedClients { get; init; } = [];

    /// <summary>Whether the Napter port is opened at once, so that a wrong device shows; else with the first client, for a SIM may be charged
    /// for the month in which Napter is used with it.</summary>
    public bool OpensAtStart { get; init; } = true;
}

/// <summary>Counts the ports and bytes of a proxy or tunnel from its port events.</summary>
internal sealed class RelayTotals : IDisposable
{
    private readonly EntryManager _ports;
    private readonly string _owner;
    private readonly IDisposable _subscription;
    private long _opened;
    private long _fromDevice;
    private long _toDevice;

    /// <param name="ports">Where the events come from.</param>
    /// <param name="owner">The name of the proxy or tunnel.</param>
    /// <param name="observer">Gets the owner's events too; null for nobody.</param>
    public RelayTotals(EntryManager ports, string owner, Action<NapterPortEvent>? observer)
    {
        _ports = ports;
        _owner = owner;
        _subscription = ports.Subscribe(step =>
        {
            if (step.Proxy == owner)
            {
                Count(step);
                observer?.Invoke(step);
            }
        });
    }

    /// <summary>Ports opened since the start.</summary>
    public long Opened => Interlocked.Read(ref _opened);

    /// <summary>Ports open now, and all bytes so far: those of ended ports and those that open ones have carried yet.</summary>
    public (int Ports, long FromDevice, long ToDevice) Now()
    {
        var open = _ports.Snapshot().Where(port => port.Proxy == _owner).ToList();
        return (
            open.Count,
            Interlocked.Read(ref _fromDevice) + open.Sum(port => port.BytesFromDevice),
            Interlocked.Read(ref _toDevice) + open.Sum(port => port.BytesToDevice));
    }

    public void Dispose() => _subscription.Dispose();

    private void Count(NapterPortEvent step)
    {
        if (step.State == NapterPortState.Open)
        {
            Interlocked.Increment(ref _opened);
        }
        else if (step.State is NapterPortState.Closed or NapterPortState.Failed)
        {
            Interlocked.Add(ref _fromDevice, step.BytesFromDevice);
            Interlocked.Add(ref _toDevice, step.BytesToDevice);
        }
    }
}
