using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using NapterFtp.Entries;
using NapterFtp.Ftp;
using NapterFtp.Routers;
using NapterFtp.Soracom;
using NapterFtp.Transport;

namespace NapterFtp;

/// <summary>A sign-in to SORACOM and everything that works through it. Closing it closes its ports, then signs out.</summary>
public sealed class NapterConnection : IAsyncDisposable
{
    private readonly ApiHttp _http;
    private readonly ApiThrottle _throttle;
    private readonly SignInSource _source;
    private readonly SoracomSession _session;
    private readonly Lazy<EntryManager> _ports;
    private readonly object _gate = new();
    private readonly string? _journalFolder;
    private JournalRecovery? _recoverer;
    private readonly CancellationTokenSource _closed = new();
    private readonly ConcurrentDictionary<DeviceKey, DeviceTraits> _traits = new();
    private Task _recovery = Task.CompletedTask;
    private Task? _closing;

    private NapterConnection(NapterConnectionOptions options)
    {
        X509Certificate2Collection extraRoots = options.TrustedRootPath is { } path ? TrustedRoots.Load(path) : [];
        var plan = SignInPlan.Make(options);
        _source = plan.Source;
        EndPoint = plan.EndPoint;
        Coverage = plan.Coverage;
        Time = options.Time;
        Loggers = options.Loggers;

        var logger = Loggers.CreateLogger("NapterFtp.Soracom");
        var proxy = OutboundProxy.Choose(options.Proxy, options.ProxyCredential, options.Environment);
        _http = new ApiHttp(EndPoint, proxy, extraRoots, options.ApiConnectLimit, options.Handler);
        _throttle = new ApiThrottle(options.ApiCallsPerSecond is { } calls ? new FixedPace(calls) : new ToldPace(), Time);
        var sender = new ApiSender(_http, EndPoint, _throttle, options.ApiAttemptLimit, Time, logger);
        var channel = new ApiChannel(sender, new ApiRetry(() => !sender.Answered, Time, logger), Time);
        _session = new SoracomSession(new SignInCalls(channel, _source, Time), Time, logger);
        Api = new SoracomClient(channel, _session, Time, logger) { Coverage = Coverage, Clock = () => sender.ClockAhead, Found = sim => Sims?.Note(sim) };
        Sims = new SimIdentities(Api, Time, logger);
        Ping = new PingCall(channel, _session);
        Captures = new CaptureCalls(channel, _session, _http);
        _journalFolder = options.KeepsJournal ? options.JournalFolder ?? JournalOptions.DefaultFolder(options.Environment) : null;
        Dialer = new GatewayDialer(new GatewayDialerOptions { ExtraRoots = extraRoots, Proxy = proxy }, Time);
        StateFolder = options.JournalFolder ?? JournalOptions.DefaultFolder(options.Environment);
        Routers = new RouterSessions(() => Ports, Dialer, Api, StateFolder, Time, Loggers);
        _ports = new Lazy<EntryManager>(() => new EntryManager(Api, new EntryManagerOptions { Journal = Journal, Ways = new EntryWays(Sims), Forwarder = Routers }, Time, Loggers));
    }

    /// <summary>The operator signed in to, such as <c>OP0012345678</c>.</summary>
    public string? OperatorId { get; private set; }

    /// <summary>The SAM user signed in as; null for the root account.</summary>
    public string? UserName { get; private set; }

    /// <summary>The coverage type.</summary>
    public SoracomCoverage Coverage { get; }

    /// <summary>Where SORACOM's API is, without <c>/v1</c>.</summary>
    public Uri EndPoint { get; }

    /// <summary>When the token in use ends; it is renewed ahead of that. Null once closed.</summary>
    public DateTimeOffset? TokenExpiresAt => _session.Current?.ExpiresAt;

    internal SoracomClient Api { get; }

    /// <summary>Pings devices.</summary>
    internal PingCall Ping { get; }

    /// <summary>Records SIMs' packets.</summary>
    internal CaptureCalls Captures { get; }

    /// <summary>Which SIM each device is.</summary>
    internal SimIdentities Sims { get; }

    /// <summary>The connection's ports; made when first asked for.</summary>
    internal EntryManager Ports => _ports.Value;

    internal GatewayDialer Dialer { get; }

    /// <summary>The routers in front of devices that have been told something.</summary>
    internal RouterSessions Routers { get; }

    /// <summary>The user's folder for state; null where there is none.</summary>
    internal string? StateFolder { get; }

    internal TimeProvider Time { get; }

    internal ILoggerFactory Loggers { get; }

    /// <summary>How many calls that open, close and list ports may go in a minute; null while SORACOM has not told its limit.</summary>
    internal double? PortCallsPerMinute => _throttle.CallsPerMinute("PortMapping");

    /// <summary>What has been learnt of a device's FTP server, by whatever talks to it through this connection.</summary>
    internal DeviceTraits TraitsOf(DeviceKey device) => _traits.GetOrAdd(device, static _ => new DeviceTraits());

    /// <summary>Signs in.</summary>
    /// <exception cref="NapterFtpException">The options are no good, or SORACOM did not let us in.</exception>
    internal static async Task<NapterConnection> ConnectAsync(NapterConnectionOptions options, CancellationToken cancellationToken)
    {
        var connection = new NapterConnection(options);
        try
        {
            var token = await connection._session.SignInAsync(cancellationToken);
            connection.OperatorId = token.OperatorId;
            connection.UserName = token.UserName;
            connection.BeginJournal(options);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Closes what dead processes of this account left open.</summary>
    /// <returns>The entries found open, each with its outcome.</returns>
    internal async Task<IReadOnlyList<RecoveredEntry>> CloseOrphansAsync(CancellationToken cancellationToken)
    {
        return _recoverer is { } recoverer ? await recoverer.RunAsync(cancellationToken) : [];
    }

    /// <summary>Closes the connection's ports, within the time that they have for it, then signs out. Never throws; may be called
    /// more than once.</summary>
    public Task DisconnectAsync() => DisconnectAsync(left: null, CancellationToken.None);

    /// <inheritdoc cref="DisconnectAsync()"/>
    /// <param name="left">Told how many ports are not closed yet; null for nobody.</param>
    /// <param name="cancellationToken">Leaves the rest to the journal.</param>
    internal Task DisconnectAsync(IProgress<int>? left, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return _closing ??= CloseAsync(left, cancellationToken);
        }
    }

    /// <summary>The process ends: closes all ports at the full speed that SORACOM allows, whoever uses them. Does not wait.</summary>
    /// <param name="limit">How long the process still lives. Routers get half of it to remove our rules: the ports to them are closed after that.</param>
    internal void CloseAtExit(TimeSpan limit)
    {
        _throttle.Hurry();
        Routers.EndWithin(limit / 2);
        if (_ports.IsValueCreated)
        {
            _ports.Value.RequestCloseAll();
        }
    }

    /// <inheritdoc cref="DisconnectAsync()"/>
    public async ValueTask DisposeAsync() => await DisconnectAsync();

    /// <inheritdoc/>
    public override string ToString() => $"{OperatorId}{(UserName is null ? "" : "/" + UserName)} at {EndPoint.Authority}";

    private JournalOptions? Journal => _journalFolder is { } folder && OperatorId is { } account
        ? new JournalOptions { Folder = folder, Account = account, Api = EndPoint.AbsoluteUri }
        : null;

    private void BeginJournal(NapterConnectionOptions options)
    {
        var logger = Loggers.CreateLogger("NapterFtp.Ports");
        if (Journal is { } journal)
        {
            _recoverer = new JournalRecovery(Api, journal, Time, logger);
            _recovery = RecoverAsync(_recoverer);
        }
        else if (options.KeepsJournal && OperatorId is not null)
        {
            logger.LogWarning(
                "This user has no folder for state ({Where}): should this process be killed, the ports that it has open stay open until their time is up.",
                OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? "a profile of its own" : "HOME or XDG_STATE_HOME");
        }
    }

    /// <summary>Closes in the background what other processes left open, those too that die while this one lives; a look into a folder
    /// where there is nothing.</summary>
    private async Task RecoverAsync(JournalRecovery recoverer)
    {
        try
        {
            await Task.Run(() => recoverer.RunToEndAsync(_closed.Token), _closed.Token);
        }
        catch (OperationCanceledException) when (_closed.IsCancellationRequested)
        {
            // The next sign-in goes on.
        }
        catch (Exception exception)
        {
            Loggers.CreateLogger("NapterFtp.Ports").LogWarning("Ports left open by earlier processes were not looked for: {Error}", exception.Message);
        }
    }

    private async Task CloseAsync(IProgress<int>? left, CancellationToken cancellationToken)
    {
        await _closed.CancelAsync();
        await _recovery;
        if (_ports.IsValueCreated)
        {
            await _ports.Value.CloseAsync(left, cancellationToken);
        }

        await _session.DisposeAsync();
        _source.Dispose();
        _http.Dispose();
        _throttle.Dispose();
        _closed.Dispose();
    }
}
