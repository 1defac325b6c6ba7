using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using NapterFtp.Entries;
using NapterFtp.Ftp;
using NapterFtp.Transport;

namespace NapterFtp.Copy;

/// <summary>One device's FTP server for the length of one command: its control port, its data ports and what is known of it.
/// Disposing closes the ports.</summary>
internal sealed class DeviceClient : IAsyncDisposable
{
    private static readonly TimeSpan LeastLife = TimeSpan.FromMinutes(5);

    private readonly EntryManager _ports;
    private readonly IGatewayDialer _dialer;
    private readonly SessionContext _context;
    private readonly SemaphoreSlim _opening = new(1, 1);
    private readonly List<EntryLease> _controlPorts = [];
    private bool _controlWorked;
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
            connection.TraitsOf(DeviceKey.For(device, devicePort)));

    public DeviceClient(
        DeviceTarget device, int devicePort, FtpClientOptions options, EntryManager ports, IGatewayDialer dialer, Activity activity, TimeProvider time, ILoggerFactory loggers,
        DeviceTraits? traits = null)
    {
        Device = device;
        DevicePort = devicePort;
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
        _context = new SessionContext(
            string.Create(CultureInfo.InvariantCulture, $"{device}:{devicePort}"),
            traits,
            DataPorts,
            dialer,
            options,
            activity,
            time,
            loggers.CreateLogger("NapterFtp.Client"));
    }

    public DeviceTarget Device { get; }

    /// <summary>The FTP server's control port on the device.</summary>
    public int DevicePort { get; }

    public DeviceDataPorts DataPorts { get; }

    public FtpClientOptions Options => _context.Options;

    public DeviceTraits Traits => _context.Traits;

    /// <inheritdoc cref="SessionContext.KnownFolders"/>
    public ConcurrentDictionary<string, bool> KnownFolders => _context.KnownFolders;

    public TimeProvider Time => _context.Time;

    public ILogger Logger => _context.Logger;

    /// <summary>The device and port, for messages.</summary>
    public string Label => _context.Device;

    /// <summary>Opens a session and logs in.</summary>
    /// <exception cref="NapterFtpException">The port, the connection or the login failed.</exception>
    public async Task<FtpClientSession> OpenSessionAsync(CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _lastSession);
        var connection = await ConnectAsync(number, cancellationToken);
        return await FtpClientSession.BeginAsync(connection, _context, number, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await DataPorts.DisposeAsync();
        _controlPorts.ForEach(lease => lease.Release());
        _opening.Dispose();
    }

    private async Task<Connection> ConnectAsync(int number, CancellationToken cancellationToken)
    {
        var lease = await ControlPortAsync(number, cancellationToken);
        try
        {
            return await DialAsync(lease, cancellationToken);
        }
        catch (NapterFtpException exception) when (_controlWorked)
        {
            // The entry may have gone since; a new one tells whether it is the device.
            Logger.LogDebug(exception, "{Device}: the control port has gone; opening it anew.", Label);
            lease.Fail(exception.Message);
            var fresh = await ControlPortAsync(number, cancellationToken);
            try
            {
                return await DialAsync(fresh, cancellationToken);
            }
            catch (NapterFtpException failure)
            {
                fresh.Fail(failure.Message);
                throw;
            }
        }
        catch (NapterFtpException exception)
        {
            lease.Fail(exception.Message);
            throw;
        }
    }

    private async Task<Connection> DialAsync(EntryLease lease, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = Time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), limit, Options.ConnectTimeout, Timeout.InfiniteTimeSpan);
        try
        {
            _context.Activity.Touch();
            var connection = await _dialer.ConnectAsync(lease.Gateway, limit.Token);
            lease.Connected(connection.LocalEndPoint, null);
            _controlWorked = true;
            return connection;
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
            _controlWorked = false;
            var lease = await _context.Activity.ElsewhereAsync(_ports.OpenAsync(
                new EntryRequest
                {
                    Device = Device,
                    DevicePort = DevicePort,
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
}

/// <summary>When a device was last heard of.</summary>
internal sealed class Activity(TimeProvider time)
{
    private long _last = time.GetTimestamp();
    private int _elsewhere;

    /// <summary>How long the device has been silent while something was expected of it.</summary>
    public TimeSpan Silence => Volatile.Read(ref _elsewhere) > 0 ? TimeSpan.Zero : time.GetElapsedTime(Interlocked.Read(ref _last));

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
