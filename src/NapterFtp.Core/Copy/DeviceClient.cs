using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using NapterFtp.Devices;
using NapterFtp.Diagnostics;
using NapterFtp.Entries;
using NapterFtp.Ftp;
using NapterFtp.Soracom;
using NapterFtp.Transport;

namespace NapterFtp.Copy;

/// <summary>One device's FTP server for the length of one command: its control port, its data ports and what is known of it.
/// Disposing closes the ports.</summary>
internal sealed class DeviceClient : IAsyncDisposable
{
    private static readonly TimeSpan LeastLife = TimeSpan.FromMinutes(5);

    private readonly EntryManager _ports;
    private readonly IGatewayDialer _dialer;
    private readonly SimIdentities? _sims;
    private DeviceKey? _identity;
    private readonly SessionContext _context;
    private readonly SemaphoreSlim _opening = new(1, 1);
    private readonly List<EntryLease> _controlPorts = [];
    private readonly List<Task> _farewells = [];
    private readonly FollowingLogger _log;
    private FtpClientSession? _idle;
    private long _idleSince;
    private int _lastSession;

    /// <summary>For a connection's user.</summary>
    public static DeviceClient Create(NapterConnection connection, DeviceTarget device, int devicePort, FtpClientOptions options, Activity? activity = null) =>
        new(
            device,
            devicePort,
            options,
            connection.Ports,
            connection.Dialer,
            activity ?? new Activity(connection.Time),
            connection.Time,
            connection.Loggers,
            connection.TraitsOf(DeviceKey.For(device, devicePort, options.PortMap)),
            connection.Sims);

    public DeviceClient(
        DeviceTarget device, int devicePort, FtpClientOptions options, EntryManager ports, IGatewayDialer dialer, Activity activity, TimeProvider time, ILoggerFactory loggers,
        DeviceTraits? traits = null, SimIdentities? sims = null)
    {
        Device = device;
        DevicePort = devicePort;
        _sims = sims;
        _ports = ports;
        _dialer = dialer;
        if (options.ListingFormat != NapterFtpListingFormat.Auto)
        {
            // What the user says holds for this command, and was not learnt.
            traits = new DeviceTraits { ListVerb = options.ListingFormat.ToString().ToUpperInvariant() };
        }

        traits ??= new DeviceTraits();
        options.Learned?.ApplyTo(traits);
        DataPorts = new DeviceDataPorts(ports, device, options, activity, time);
        _log = new FollowingLogger(loggers.CreateLogger("NapterFtp.Client"));
        _context = new SessionContext(
            options.PortMap.Label(device, devicePort),
            traits,
            DataPorts,
            dialer,
            options,
            activity,
            time,
            _log) { ReconnectAsync = ConnectAsync };
    }

    public DeviceTarget Device { get; }

    /// <summary>The FTP server's control port on the device.</summary>
    public int DevicePort { get; }

    /// <summary>What identifies the FTP server within this process, as the user named the device.</summary>
    public DeviceKey Key => DeviceKey.For(Device, DevicePort, Options.PortMap);

    /// <summary>What identifies the FTP server in a history, however it is named: the SIM ID where that can be known.</summary>
    public async Task<DeviceKey> IdentifyAsync(IFileHistory history, CancellationToken cancellationToken) =>
        _identity ??= DeviceKey.For(_sims is null ? Device : await _sims.IdentifyAsync(Device, history, cancellationToken), DevicePort, Options.PortMap);

    public DeviceDataPorts DataPorts { get; }

    /// <summary>How long the device's ports are left open for the process's next command once this one has ended; zero closes them.</summary>
    public TimeSpan PortLinger
    {
        get => DataPorts.Linger;
        set => DataPorts.Linger = value;
    }

    public FtpClientOptions Options => _context.Options;

    public DeviceTraits Traits => _context.Traits;

    /// <inheritdoc cref="SessionContext.KnownFolders"/>
    public ConcurrentDictionary<string, bool> KnownFolders => _context.KnownFolders;

    public TimeProvider Time => _context.Time;

    public ILogger Logger => _context.Logger;

    /// <summary>The device and port, for messages.</summary>
    public string Label => _context.Device;

    /// <summary>Whether another command may go on with its sessions, for which an answer that is still to come is worth waiting for.</summary>
    public bool IsShared { get; set; }

    /// <summary>Goes on for another command, whose activity and log are those of the calling flow from now on.</summary>
    public void Continue(Activity activity)
    {
        activity.Follow(_context.Activity);

        // Others may have changed the device since.
        KnownFolders.Clear();
        _log.Follow();
    }

    /// <summary>Takes a session back that is no longer needed, for who needs one next. Where there is one already, or it is in the middle
    /// of something, it says goodbye, which only <see cref="DisposeAsync"/> waits for: many say it together.</summary>
    public async ValueTask ReturnAsync(FtpClientSession session)
    {
        if (IsShared)
        {
            await session.SettleAsync();
        }

        if (session.IsIdle && Interlocked.CompareExchange(ref _idle, session, null) is null)
        {
            _idleSince = Time.GetTimestamp();
            return;
        }

        SayGoodbye(session);
    }

    /// <summary>Opens a session and logs in, or goes on with the one that was given back.</summary>
    /// <param name="forTransfer">Whether a transfer is likely to come first.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="NapterFtpException">The port, the connection or the login failed.</exception>
    public async Task<FtpClientSession> OpenSessionAsync(bool forTransfer, CancellationToken cancellationToken)
    {
        if (await TakeIdleAsync(cancellationToken) is { } idle)
        {
            return idle;
        }

        var number = Interlocked.Increment(ref _lastSession);
        var stepByStep = Traits.EntersStepByStep;
        try
        {
            return await BeginSessionAsync(number, forTransfer, cancellationToken);
        }
        catch (NapterFtpException) when (!stepByStep && Traits.EntersStepByStep)
        {
            Logger.LogInformation("{Device}: what was sent together with the login is lost; logging in step by step.", Label);
            return await BeginSessionAsync(number, forTransfer, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _idle, null) is { } idle)
        {
            SayGoodbye(idle);
        }

        Task[] farewells;
        lock (_farewells)
        {
            farewells = [.. _farewells];
        }

        await Task.WhenAll(farewells);
        await DataPorts.DisposeAsync();
        foreach (var lease in _controlPorts)
        {
            lease.KeepFor(PortLinger);
            lease.Release();
        }

        _opening.Dispose();
    }

    private void SayGoodbye(FtpClientSession session)
    {
        lock (_farewells)
        {
            _farewells.RemoveAll(farewell => farewell.IsCompleted);
            _farewells.Add(session.DisposeAsync().AsTask());
        }
    }

    private async Task<FtpClientSession?> TakeIdleAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _idle, null) is not { } session)
        {
            return null;
        }

        try
        {
            if (session.IsIdle && Time.GetElapsedTime(_idleSince) > Options.TrustedIdleTime)
            {
                // The device may have gone, or have ended a session that was idle for too long.
                await session.AskAsync(session.Command("NOOP"), cancellationToken);
            }

            if (session.IsIdle)
            {
                return session;
            }
        }
        catch (NapterFtpException exception)
        {
            Logger.LogDebug(exception, "{Device}: the session has gone meanwhile; opening another.", Label);
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }

        await session.DisposeAsync();
        return null;
    }

    private async Task<FtpClientSession> BeginSessionAsync(int number, bool forTransfer, CancellationToken cancellationToken) =>
        await FtpClientSession.BeginAsync(await ConnectAsync(number, cancellationToken), _context, number, forTransfer, cancellationToken);

    private async Task<Connection> ConnectAsync(int number, CancellationToken cancellationToken)
    {
        var port = await DialledPort<EntryLease>.TakeAsync(token => ControlPortAsync(number, token), (entry, token) => DialAsync(entry.Gateway, token), Logger, cancellationToken);
        try
        {
            var connection = await port.DialAsync(cancellationToken);
            port.Entry.Connected(connection.LocalEndPoint, null);
            return connection;
        }
        catch (NapterFtpException exception)
        {
            port.Entry.Fail(exception.Message);
            throw;
        }
    }

    private async Task<Connection> DialAsync(GatewayEndPoint gateway, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = Time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), limit, Options.ConnectTimeout, Timeout.InfiniteTimeSpan);
        try
        {
            _context.Activity.Touch();
            return await _dialer.ConnectAsync(gateway, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Errors.ControlConnectTimeout(Label, Options.ConnectTimeout);
        }
    }

    /// <summary>One entry carries all the device's sessions.</summary>
    private async Task<EntryLease> ControlPortAsync(int number, CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (_controlPorts is [.., var open] && !open.Closing.IsCompleted && open.ExpiresAt > Time.GetUtcNow() + LeastLife)
            {
                return open;
            }

            // Sessions still running through the old one keep it until it ends by itself.
            var lease = await _context.Activity.ElsewhereAsync(_ports.OpenAsync(
                new EntryRequest
                {
                    Device = Device,
                    DevicePort = DevicePort,
                    PortMap = Options.PortMap,
                    Kind = NapterPortKind.Control,
                    SessionId = number.ToString(CultureInfo.InvariantCulture),
                    Duration = EntryManager.LongestDuration,
                    Begins = _controlPorts.Count == 0,
                    Patience = Options.ConnectTimeout,
                    TurnPatience = Options.TurnPatience,
                },
                cancellationToken));
            _controlPorts.Add(lease);
            return lease;
        }
        finally
        {
            _opening.Release();
        }
    }
}

/// <summary>What all sessions to one device share.</summary>
/// <param name="Device">The device and port, for messages.</param>
/// <param name="Traits">What is known of the device's FTP server.</param>
/// <param name="Ports">Its data ports.</param>
/// <param name="Dialer">Connects to the gateway.</param>
/// <param name="Options">Limits, login, encoding.</param>
/// <param name="Activity">Touched whenever the device is heard of.</param>
/// <param name="Time">The clock.</param>
/// <param name="Logger">Told of the dialogue.</param>
internal sealed record SessionContext(
    string Device,
    DeviceTraits Traits,
    DeviceDataPorts Ports,
    IGatewayDialer Dialer,
    FtpClientOptions Options,
    Activity Activity,
    TimeProvider Time,
    ILogger Logger)
{
    /// <summary>Folders on the device that are known to be there.</summary>
    public ConcurrentDictionary<string, bool> KnownFolders { get; } = new();

    /// <summary>Makes another control connection for the session of that number; null where a session has but one.</summary>
    public Func<int, CancellationToken, Task<Connection>>? ReconnectAsync { get; init; }
}

/// <summary>When a device was last heard of.</summary>
internal sealed class Activity(TimeProvider time)
{
    private long _last = time.GetTimestamp();
    private int _elsewhere;
    private Activity? _followed;

    /// <summary>How long the device has been silent while something was expected of it.</summary>
    public TimeSpan Silence => Volatile.Read(ref _followed) is { } other ? other.Silence
        : Volatile.Read(ref _elsewhere) > 0 ? TimeSpan.Zero : time.GetElapsedTime(Interlocked.Read(ref _last));

    /// <summary>The device is heard of by what began before.</summary>
    public void Follow(Activity other)
    {
        other.Touch();
        Volatile.Write(ref _followed, other);
    }

    public void Touch() => Interlocked.Exchange(ref _last, time.GetTimestamp());

    /// <summary>While something else than the device is waited for, such as SORACOM's API, it is not silent: more devices at a
    /// time would only lengthen that wait.</summary>
    public async Task<T> ElsewhereAsync<T>(Task<T> task)
    {
        Interlocked.Increment(ref _elsewhere);
        try
        {
            return await task;
        }
        finally
        {
            Touch();
            Interlocked.Decrement(ref _elsewhere);
        }
    }
}
