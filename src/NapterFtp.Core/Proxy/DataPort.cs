using Microsoft.Extensions.Logging;
using NapterFtp.Ftp;
using NapterFtp.Ports;
using NapterFtp.Transport;

namespace NapterFtp.Proxy;

/// <summary>One data connection from the client's end through a Napter port to the device's, from the passive reply until its
/// transfer has ended, however it ended.</summary>
internal sealed class DataPort
{
    private static readonly TimeSpan s_closeLimit = TimeSpan.FromSeconds(3);

    private readonly SessionServices _services;
    private readonly PortRequest _request;
    private readonly IDataClient _client;
    private readonly Func<Connection, CancellationToken, Task<Connection>> _protect;
    private readonly CancellationToken _sessionEnd;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _deviceReady = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _transferBegun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _abandoned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DataPump> _pumping = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _running;
    private readonly long _movedBefore;
    private PortLease _lease;
    private volatile string? _error;
    private volatile bool _givenUp;
    private int _transfers;
    private int _superseded;

    private DataPort(
        SessionServices services,
        PortRequest request,
        PortLease lease,
        IDataClient client,
        Func<Connection, CancellationToken, Task<Connection>> protect,
        CancellationToken sessionEnd)
    {
        _services = services;
        _request = request;
        _lease = lease;
        _client = client;
        _protect = protect;
        _movedBefore = CountMoved(lease);
        _sessionEnd = sessionEnd;
        _running = RunAsync();
    }

    /// <summary>Whether it can carry no further transfer.</summary>
    public bool IsEnded => _ended.Task.IsCompleted;

    /// <summary>Whether a byte of data has gone through it.</summary>
    public bool HasMoved => Moved > 0;

    private long Moved => CountMoved(_lease) - _movedBefore;

    /// <summary>Ends when everything of it has been let go.</summary>
    public Task Completion => _running;

    /// <summary>Ends when the gateway is connected; fails with a <see cref="NapterFtpException"/>. A device that looks for the
    /// connection the moment it reads the transfer command finds it.</summary>
    public Task DeviceReady => _deviceReady.Task;

    /// <summary>Opens a Napter port for the device's data port and starts connecting both ends. Takes over the client's end.</summary>
    /// <param name="services">What the proxy's sessions share.</param>
    /// <param name="request">The port to open.</param>
    /// <param name="client">The client's end.</param>
    /// <param name="protect">Adds TLS to the client's connection where the client asked for it.</param>
    /// <param name="sessionEnd">Ends the data port with its session.</param>
    public static async Task<DataPort> OpenAsync(
        SessionServices services,
        PortRequest request,
        IDataClient client,
        Func<Connection, CancellationToken, Task<Connection>> protect,
        CancellationToken sessionEnd)
    {
        try
        {
            var lease = await services.Ports.OpenAsync(request, sessionEnd);
            return new DataPort(services, request, lease, client, protect, sessionEnd);
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
        _lease.SetCommand(command.Display);
        _transferBegun.TrySetResult();
    }

    /// <summary>Another data port takes this one's place; a transfer that is just ending may finish.</summary>
    public void Supersede()
    {
        Volatile.Write(ref _superseded, 1);
        EndIfSuperseded();
    }

    /// <summary>The client has given the transfer up (ABOR): nothing more is waited for.</summary>
    public void Abandon()
    {
        _givenUp = true;
        _abandoned.TrySetResult();
    }

    /// <summary>Waits until the transfer that a final reply ends has really ended on our side, then closes the port.</summary>
    /// <returns>Why the transfer failed although the device said otherwise, or null where its reply stands.</returns>
    public async Task<string?> SettleAsync(FtpReply final, FtpTransferDirection direction)
    {
        if (final.IsNegative)
        {
            await SettleRefusedAsync(final, direction);
            Interlocked.Decrement(ref _transfers);
            EndIfSuperseded();
            return null;
        }

        var error = await PassOnDataAsync(direction, _services.Options.SettleTimeout);
        var givenUp = _givenUp;
        End(error);
        return givenUp ? null : error;
    }

    /// <summary>Ends when a transfer's data connection has ended on the device's side too; null where it ended well.</summary>
    /// <remarks>An upload's last bytes may be on their way through a slow line long after we have written them, so that only the
    /// device's own end of the connection tells.</remarks>
    public Task<string?> DataEndedAsync(FtpTransferDirection direction) => CatchAsync(async pump =>
        await (direction == FtpTransferDirection.ToDevice ? pump.Completion : pump.FromDeviceCompleted));

    /// <summary>Lets everything go: the Napter port is closed or kept for reuse in the background. Only the first call counts.</summary>
    /// <param name="error">Why, where it did not end well: both peers then see a broken connection rather than a good end.</param>
    public void End(string? error)
    {
        lock (_ended)
        {
            if (_ended.Task.IsCompleted)
            {
                return;
            }

            _error = error;
            _ended.SetResult();
        }

        _stop.Cancel();
        _abandoned.TrySetResult();
        _client.Dispose();
    }

    /// <summary>As <see cref="End"/>, where the session is over: an error only for a transfer that it cuts.</summary>
    public void EndWithSession(string reason) => End(Volatile.Read(ref _transfers) > 0 ? reason : null);

    // A refused transfer moves no data, and some servers (vsftpd after "550 Failed to open file") go on listening for the next one.
    // Others have sent a part: what has come is still passed on before the client hears of the end.
    private async Task SettleRefusedAsync(FtpReply final, FtpTransferDirection direction)
    {
        if (final.Code >= 500 && !HasMoved && !_client.WaitsForTransfer)
        {
            return;
        }

        string? error = null;
        if (direction == FtpTransferDirection.FromDevice && HasMoved)
        {
            error = await PassOnDataAsync(direction, TimeSpan.FromSeconds(2));
        }

        End(error ?? final.Text);
    }

    /// <summary>Waits until what a transfer has sent is passed on, as long as bytes move at least once in each stall time.</summary>
    private Task<string?> PassOnDataAsync(FtpTransferDirection direction, TimeSpan stall) => CatchAsync(async pump =>
    {
        var data = direction == FtpTransferDirection.ToDevice ? pump.ToDeviceCompleted : pump.FromDeviceCompleted;
        var seen = -1L;
        while (!data.IsCompleted)
        {
            if (Moved == seen)
            {
                throw new NapterFtpException(
                    "DataConnectionStalled",
                    NapterFtpErrorKind.Timeout,
                    "The device reported the end, but its data connection stays open without a byte.");
            }

            seen = Moved;
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            await Task.WhenAny(data, _abandoned.Task, Task.Delay(stall, _services.Time, timer.Token));
            await timer.CancelAsync();
            if (_abandoned.Task.IsCompleted && !data.IsCompleted)
            {
                throw new OperationCanceledException();
            }
        }
    });

    private async Task<string?> CatchAsync(Func<DataPump, Task> wait)
    {
        try
        {
            var pump = await _pumping.Task;
            await wait(pump);
            return pump.HasFailed ? (await pump.Completion).Error : null;
        }
        catch (NapterFtpException e)
        {
            return e.Message;
        }
        catch (OperationCanceledException)
        {
            return "The data connection was given up.";
        }
    }

    private void EndIfSuperseded()
    {
        if (Volatile.Read(ref _superseded) != 0 && Volatile.Read(ref _transfers) == 0)
        {
            End(null);
        }
    }

    private async Task RunAsync()
    {
        Connection? device = null;
        Connection? client = null;
        DataPump? pump = null;
        string? error = null;
        await using var sessionEnd = _sessionEnd.UnsafeRegister(static port => ((DataPort)port!).EndWithSession("The session ended."), this);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            var deviceTask = DialAsync(limit.Token);
            var clientTask = ConnectClientAsync(limit.Token);
            try
            {
                device = await deviceTask;
                _deviceReady.TrySetResult();
            }
            catch
            {
                await limit.CancelAsync();
                await DisposeResultAsync(clientTask);
                throw;
            }

            client = await clientTask;
            _lease.Connected(client.LocalEndPoint, client.RemoteEndPoint);
            pump = DataPump.Start(client, device, _lease.Counters, PumpOptions(), CancellationToken.None);
            _pumping.TrySetResult(pump);
            await Task.WhenAny(pump.Completion, _ended.Task, _lease.Closing);
            if (pump.Completion.IsCompleted)
            {
                error = (await pump.Completion).Error;
                await WaitForEndAsync();
            }
            else if (!IsEnded)
            {
                error = "The Napter port was closed.";
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Ended from outside, which said why.
        }
        catch (NapterFtpException e)
        {
            error = e.Message;
            Fail(e);
        }
        catch (Exception e)
        {
            error = e.Message;
            _services.Logger.LogError(e, "A data port of the proxy failed.");
            Fail(new NapterFtpException("DataPortFailed", NapterFtpErrorKind.Connection, $"The data connection failed: {e.Message}", innerException: e));
        }
        finally
        {
            await CloseAsync(client, device, pump, error);
        }
    }

    private void Fail(NapterFtpException error)
    {
        _deviceReady.TrySetException(error);
        _pumping.TrySetException(error);
        _ = _deviceReady.Task.Exception;
        _ = _pumping.Task.Exception;
    }

    private async Task CloseAsync(Connection? client, Connection? device, DataPump? pump, string? error)
    {
        End(error);
        _deviceReady.TrySetCanceled();
        _pumping.TrySetCanceled();
        if (_error is not null)
        {
            // A peer must not take what is incomplete for whole.
            device?.Abort();
            client?.Abort();
        }

        // A peer or a copy that does not let go must not keep the entry open.
        await Task.WhenAny(CloseConnectionsAsync(client, device, pump), Task.Delay(s_closeLimit, _services.Time));

        // The entry goes only after the device's side has been closed in good order.
        if (_error is { } reason)
        {
            _lease.Fail(reason);
        }

        _lease.Release();
    }

    private static async Task CloseConnectionsAsync(Connection? client, Connection? device, DataPump? pump)
    {
        if (client is not null)
        {
            // First: the copy, woken by the device's end, would abort this side, and the client could lose its last bytes.
            await client.DisposeAsync();
        }

        if (device is not null)
        {
            await device.DisposeAsync();
        }

        if (pump is not null)
        {
            // Both sides are closed, so that this resets nothing; it ends what still waits for one of them.
            pump.Abort();
            await pump.Completion;
        }
    }

    private static long CountMoved(PortLease lease) => lease.Counters.FromDevice + lease.Counters.ToDevice;

    // Both directions have ended, but the final reply, or another transfer on a listener that the server keeps, may be to come.
    private Task WaitForEndAsync() => Task.Delay(_services.Options.DataConnectTimeout, _services.Time, _stop.Token);

    private async Task<Connection> DialAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _services.Dialer.ConnectAsync(_lease.Gateway, cancellationToken);
        }
        catch (NapterFtpException e) when (_lease.Reused && e.Kind is NapterFtpErrorKind.Connection or NapterFtpErrorKind.Timeout)
        {
            // The kept entry may be gone: deleted by somebody, or ended early. A new one settles it.
            _lease.Fail(e.Message);
            _lease.Release();
            _lease = await _services.Ports.OpenAsync(_request, cancellationToken);
            return await _services.Dialer.ConnectAsync(_lease.Gateway, cancellationToken);
        }
    }

    private async Task<Connection> ConnectClientAsync(CancellationToken cancellationToken)
    {
        if (_client.WaitsForTransfer)
        {
            await _transferBegun.Task.WaitAsync(cancellationToken);
        }

        using var limit = new CancellationTokenSource(_services.Options.DataConnectTimeout, _services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var connection = await _client.ConnectAsync(either.Token);
            return await _protect(connection, either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new NapterFtpException(
                "ClientDataConnectionMissing",
                NapterFtpErrorKind.Timeout,
                $"The client made no data connection to {_client.LocalEndPoint} within {_services.Options.DataConnectTimeout.TotalSeconds:0} s.",
                "Check that the client can reach the address in the passive reply; -PassiveAddress sets another.");
        }
    }

    private DataPumpOptions PumpOptions() => new() { IdleTimeout = _services.Options.IdleTimeout, Time = _services.Time };

    private static async Task DisposeResultAsync(Task<Connection> connecting)
    {
        try
        {
            await using var connection = await connecting;
            connection.Abort();
        }
        catch (Exception e) when (e is OperationCanceledException or NapterFtpException or IOException)
        {
            // There was no connection to let go.
        }
    }
}
