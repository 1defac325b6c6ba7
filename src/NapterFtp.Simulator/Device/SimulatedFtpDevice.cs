using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace NapterFtp.Simulator.Device;

/// <summary>An FTP server over a folder, on loopback only, that can speak as odd devices do and fail when told to.</summary>
public sealed class SimulatedFtpDevice : IAsyncDisposable
{
    private readonly KeptListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<DeviceSession, Task> _sessions = new();
    private readonly Action<string>? _fromClient;
    private readonly Action<string>? _toClient;
    private Task _accepting = Task.CompletedTask;
    private int _disposed;

    private SimulatedFtpDevice(SimulatedFtpDeviceOptions options)
    {
        if (!IPAddress.IsLoopback(options.Address))
        {
            throw new ArgumentException("A simulated device listens on loopback addresses only.", nameof(options));
        }

        Options = options;
        Names = new NameMapping(options.Profile.NameEncoding);
        Folder = new DeviceFolder(options.RootPath, Names);
        Listings = new DeviceListings(Folder, options.Profile, options.Time);
        PassivePorts = new PassivePorts(options.Address, options.Profile.PassivePortCount, options.FirstPassivePort);
        if (options.Transcript is { } transcript)
        {
            _fromClient = line => transcript(">", line);
            _toClient = line => transcript("<", line);
        }

        try
        {
            _listener = new KeptListener(new IPEndPoint(options.Address, options.Port));
            _listener.Listen(512);
        }
        catch
        {
            _listener?.Dispose();
            PassivePorts.Dispose();
            throw;
        }
    }

    /// <summary>Where it listens for control connections.</summary>
    public IPEndPoint EndPoint => _listener.EndPoint;

    /// <summary>What it was started with.</summary>
    public SimulatedFtpDeviceOptions Options { get; }

    /// <summary>What is to go wrong.</summary>
    public DeviceFaults Faults { get; } = new();

    /// <summary>What it has seen.</summary>
    public DeviceCounters Counters { get; } = new();

    internal NameMapping Names { get; }

    internal DeviceFolder Folder { get; }

    internal DeviceListings Listings { get; }

    internal PassivePorts PassivePorts { get; }

    /// <summary>Starts a device.</summary>
    /// <exception cref="ArgumentException">The address is not a loopback address, or the encoding of names is unknown.</exception>
    /// <exception cref="DirectoryNotFoundException">The root folder does not exist.</exception>
    /// <exception cref="SocketException">The port is in use.</exception>
    public static Task<SimulatedFtpDevice> StartAsync(SimulatedFtpDeviceOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        cancellationToken.ThrowIfCancellationRequested();
        var device = new SimulatedFtpDevice(options);
        device._accepting = device.AcceptAsync(device._stop.Token);
        return Task.FromResult(device);
    }

    /// <summary>Hangs up on all clients at once, and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_sessions.Values);
        PassivePorts.Dispose();
        _stop.Dispose();
    }

    internal Action<string>? TranscriptOf(string direction) => direction == ">" ? _fromClient : _toClient;

    private async Task AcceptAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptAsync(cancellationToken);
                await StartSessionAsync(socket, cancellationToken);
            }
            catch (SocketException) when (!cancellationToken.IsCancellationRequested)
            {
                // That client is gone again; the next one may not be.
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }
        }
    }

    private async Task StartSessionAsync(Socket socket, CancellationToken cancellationToken)
    {
        Counters.SessionOpened();
        var refusal = await IsFullAsync(cancellationToken) ? Options.Profile.BusyGreeting : null;
        var session = new DeviceSession(this, socket, cancellationToken) { TakesPlace = refusal is null };

        // Entered before it runs, so that its end finds it there.
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _sessions[session] = ServeAsync(session, refusal, start.Task);
        start.SetResult();
    }

    private async Task ServeAsync(DeviceSession session, string? refusal, Task start)
    {
        await start;
        try
        {
            await session.RunAsync(refusal);
        }
        finally
        {
            _sessions.TryRemove(session, out _);
            session.Dispose();
            Counters.SessionClosed();
        }
    }

    /// <summary>Whether there is no place for one more session. Sessions whose client has hung up are waited for: a client may come back at once.</summary>
    private async Task<bool> IsFullAsync(CancellationToken cancellationToken)
    {
        var limit = Options.Profile.MaxSessions;
        if (limit == 0 || CurrentPlaces() < limit)
        {
            return false;
        }

        await Task.WhenAll(_sessions.Where(pair => pair.Key.ClientHungUp).Select(pair => pair.Value)).WaitAsync(cancellationToken);
        return CurrentPlaces() >= limit;

        int CurrentPlaces() => _sessions.Keys.Count(session => session.TakesPlace);
    }
}
