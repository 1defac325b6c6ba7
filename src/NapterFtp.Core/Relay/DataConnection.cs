using System.Net;
using Microsoft.Extensions.Logging;
using NapterFtp.Devices;
using NapterFtp.Entries;
using NapterFtp.Ftp;
using NapterFtp.Transport;

namespace NapterFtp.Relay;

/// <summary>One data connection from the client's end through a Napter port to the device's, from the passive reply until its
/// transfer has ended, however it ended.</summary>
internal sealed partial class DataConnection
{
    private static readonly Failure s_sessionEnded = new(FailingSide.Relay, NapterFtpErrorKind.Connection, "The session ended.");

    private readonly SessionServices _services;
    private readonly DialledPort<EntryLease> _port;
    private readonly ClientEnd _client;
    private readonly SentSecrets _secrets;
    private readonly CancellationToken _sessionEnd;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _deviceReady = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _transferBegun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _abandoned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DataPump> _pumping = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly DataWatch _watch;
    private readonly Task _running;
    private volatile DataPump? _pump;
    private volatile Failure? _broken;
    private volatile Failure? _failure;
    private volatile bool _givenUp;
    private int _transfers;
    private int _superseded;

    private DataConnection(SessionServices services, DialledPort<EntryLease> port, ClientEnd client, SentSecrets secrets, CancellationToken sessionEnd)
    {
        _services = services;
        _port = port;
        _client = client;
        _secrets = secrets;
        _sessionEnd = sessionEnd;
        _watch = new DataWatch(_pumping.Task, () => _broken, () => port.Moved, _abandoned.Task, services.Time);
        _running = RunAsync();
    }

    /// <summary>Where the device is to connect to; null where we go to it.</summary>
    public IPEndPoint? ReturnEndPoint => _port.Entry.Return?.EndPoint;

    /// <summary>Whether it can carry no further transfer.</summary>
    public bool IsEnded => _ended.Task.IsCompleted;

    /// <summary>Whether a byte of data has gone through it.</summary>
    public bool HasMoved => Moved > 0;

    /// <summary>Bytes that have gone through it.</summary>
    public long Moved => _port.Moved;

    /// <summary>Whether the client has given its transfer up.</summary>
    public bool IsGivenUp => _givenUp;

    /// <summary>Whether the device opened another data port before it said that the transfer has ended: some break it off then, and
    /// end its data as if they were whole.</summary>
    public bool MayBeCutShort { get; private set; }

    /// <summary>Whether its transfer goes to the device.</summary>
    public bool IsUpload { get; private set; }

    /// <summary>Whether the copy waits for the receiver to take data, rather than for data.</summary>
    public bool IsHeldUp => _pump is { } pump && (IsUpload ? pump.DeviceHolds : pump.ClientHolds);

    /// <summary>Ends when everything of it has been let go.</summary>
    public Task Completion => _running;

    /// <summary>Whether the data of a transfer that has begun is still on its way, so that the device cannot have ended it.</summary>
    public bool IsUnderWay(FtpTransferDirection direction) => !IsEnded && !_givenUp && (_pump is { } pump
        ? !(direction == FtpTransferDirection.ToDevice ? pump.ToDeviceCompleted : pump.FromDeviceCompleted).IsCompleted
        : !_pumping.Task.IsCompleted);

    /// <summary>Ends when the gateway is connected; fails with a <see cref="NapterFtpException"/>. A device that looks for the
    /// connection the moment it reads the transfer command finds it.</summary>
    public Task DeviceReady => _deviceReady.Task;

    /// <summary>Opens a Napter port for the device's data port and starts connecting both ends. Takes over the client's end.</summary>
    /// <param name="services">What the proxy's sessions share.</param>
    /// <param name="request">The port to open.</param>
    /// <param name="client">The client's end.</param>
    /// <param name="secrets">What no event may show.</param>
    /// <param name="sessionEnd">Ends the data port with its session.</param>
    public static async Task<DataConnection> OpenAsync(
        SessionServices services, EntryRequest request, ClientEnd client, SentSecrets secrets, CancellationToken sessionEnd)
    {
        try
        {
            var port = await DialledPort<EntryLease>.TakeAsync(
                token => services.Ports.OpenAsync(request, token),
                (lease, token) => lease.Return?.AcceptAsync(token) ?? services.Dialer.ConnectAsync(lease.Gateway with { Bulk = true }, token),
                services.Logger,
                sessionEnd);
            return new DataConnection(services, port, client, secrets, sessionEnd);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>Names the transfer in the port's events, and connects to a client that waits for it.</summary>
    public void BeginTransfer(FtpCommand command)
    {
        Interlocked.Increment(ref _transfers);
        IsUpload = command.Direction == FtpTransferDirection.ToDevice;
        _port.Entry.SetCommand(command.Display);
        _transferBegun.TrySetResult();
    }

    private async Task RunAsync()
    {
        Connection? device = null;
        Connection? client = null;
        DataPump? pump = null;
        Failure? failure = null;
        var side = FailingSide.Gateway;
        await using var sessionEnd = _sessionEnd.UnsafeRegister(static port => ((DataConnection)port!).EndWithSession(s_sessionEnded), this);

        // 1. The client's end: a passive client comes while the gateway is dialled; to an active one we go when its transfer begins.
        var clientTask = _client.ConnectAsync(_transferBegun.Task, _stop.Token);
        try
        {
            // 2. The device's end, through the gateway. The transfer command waits for it.
            device = await ConnectDeviceAsync();
            side = FailingSide.Client;
            client = await clientTask;
            side = FailingSide.Relay;
            _port.Entry.Connected(client.LocalEndPoint, client.RemoteEndPoint);

            // 3. Copy, until both halves have ended, the transfer is over, or the Napter port is closed from elsewhere.
            pump = DataPump.Start(client, device, _port.Entry.Counters, PumpOptions(), CancellationToken.None);
            _pump = pump;
            _pumping.TrySetResult(pump);
            await Task.WhenAny(pump.Completion, _ended.Task, _port.Entry.Closing);

            // 4. The data is over before the transfer is: its final reply says whether it went well.
            if (pump.Completion.IsCompleted)
            {
                _broken = failure = (await pump.Completion).Failure;
                await WaitForEndAsync();
            }
            else if (!IsEnded)
            {
                failure = new Failure(FailingSide.Soracom, NapterFtpErrorKind.Connection, "The Napter port was closed.");
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Ended from outside, which said why.
        }
        catch (NapterFtpException e)
        {
            _broken = failure = Failure.Of(side, e);
            Fail(e);
        }
        catch (Exception e)
        {
            _broken = failure = new Failure(side, NapterFtpErrorKind.Connection, $"The data connection failed: {e.Message}");
            _services.Logger.LogError(e, "A data port of the proxy failed.");
            Fail(new NapterFtpException("DataPortFailed", failure.Kind, failure.Message, innerException: e));
        }
        finally
        {
            // 5. Let go: the client's side first, then the device's, then the Napter port.
            End(failure);
            client ??= await ResultAsync(clientTask);
            await CloseAsync(client, device, pump);
        }
    }

    private void Fail(NapterFtpException error)
    {
        _deviceReady.TrySetException(error);
        _pumping.TrySetException(error);
        _ = _deviceReady.Task.Exception;
        _ = _pumping.Task.Exception;
    }

    // Both directions have ended, but the final reply, or another transfer on a listener that the server keeps, may be to come.
    private Task WaitForEndAsync() => Task.Delay(_services.Options.DataConnectTimeout, _services.Time, _stop.Token);

    private async Task<Connection> ConnectDeviceAsync()
    {
        try
        {
            if (ReturnEndPoint is { } waiting)
            {
                return await ReturnedAsync(waiting);
            }

            var device = await _port.DialAsync(_stop.Token);
            _deviceReady.TrySetResult();
            return device;
        }
        catch (NapterFtpException e)
        {
            // The client has been told where to connect: it is to hear the reason in the answer to its transfer command, not to
            // meet a closed port.
            _broken = Failure.Of(FailingSide.Gateway, e);
            Fail(e);
            _port.Release(e.Message);
            await Task.WhenAny(_ended.Task, WaitForEndAsync());
            throw;
        }
    }

    /// <summary>A device that knows active mode only comes when its transfer begins.</summary>
    private async Task<Connection> ReturnedAsync(IPEndPoint waiting)
    {
        _deviceReady.TrySetResult();
        await _transferBegun.Task.WaitAsync(_stop.Token);
        using var limit = new TimeLimit(_services.Options.DataConnectTimeout, _services.Time, _stop.Token);
        try
        {
            return await _port.DialAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            throw EntryErrors.DeviceDidNotCome(waiting, _services.Options.DataConnectTimeout);
        }
    }

    private DataPumpOptions PumpOptions() => new()
    {
        IdleTimeout = _services.Options.IdleTimeout,
        HoldsClient = true,
        KeepsEnd = () => _givenUp && IsUpload,
        Time = _services.Time,
    };

    private static async Task<Connection?> ResultAsync(Task<Connection> connecting)
    {
        try
        {
            return await connecting;
        }
        catch (Exception)
        {
            // Told already, or of no interest any more.
            return null;
        }
    }
}
