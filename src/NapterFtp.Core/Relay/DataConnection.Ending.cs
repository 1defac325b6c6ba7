using Microsoft.Extensions.Logging;
using NapterFtp.Ftp;
using NapterFtp.Transport;

namespace NapterFtp.Relay;

/// <summary>How it ends: with its transfer, with its session, or given up.</summary>
internal sealed partial class DataConnection
{
    // What a refused transfer has sent nevertheless is still passed on, but not waited for long.
    private static readonly TimeSpan s_refusedPatience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan s_closeLimit = TimeSpan.FromSeconds(5);

    // A device that looks at its control connection while it takes data has answered ABOR by then.
    private static readonly TimeSpan s_abortPatience = TimeSpan.FromSeconds(2);

    private static readonly Failure s_givenUp = new(FailingSide.Client, NapterFtpErrorKind.Connection, "The client gave the upload up.");

    /// <summary>Another data port takes this one's place; a transfer that is just ending may finish.</summary>
    public void Supersede()
    {
        MayBeCutShort |= Volatile.Read(ref _transfers) > 0;
        Volatile.Write(ref _superseded, 1);
        EndIfSuperseded();
    }

    /// <summary>The client has given the transfer up (ABOR): nothing more is waited for. What has come of an upload must not pass for
    /// a whole file: where the client ends it now, the device is to answer first, or else sees it break.</summary>
    public void Abandon()
    {
        _givenUp = true;
        _abandoned.TrySetResult();
        if (IsUpload)
        {
            _ = BreakUploadAsync();
        }
    }

    /// <summary>Waits until the transfer that a final reply ends has really ended on our side, then closes the port.</summary>
    /// <param name="final">The device's reply.</param>
    /// <param name="direction">Where the data goes.</param>
    /// <param name="announced">The bytes that the device said it would send; null where it did not say.</param>
    /// <param name="hasBegun">Whether the device said that the transfer begins, with a preliminary reply.</param>
    /// <returns>Why the transfer failed although the device said otherwise, or null where its reply stands.</returns>
    public async Task<Failure?> SettleAsync(FtpReply final, FtpTransferDirection direction, long? announced, bool hasBegun)
    {
        // 1. A refusal: nothing has moved, or what has come is passed on first. The port may serve another transfer.
        if (final.IsNegative)
        {
            await SettleRefusedAsync(final, direction);
            Interlocked.Decrement(ref _transfers);
            EndIfSuperseded();
            return null;
        }

        // 2. A success: wait until the last byte has been passed on, or until it is plain that there is none.
        var failure = !hasBegun && direction == FtpTransferDirection.FromDevice
            ? await _watch.PassOnWithoutBeginningAsync(_services.Options.SettleTimeout)
            : await _watch.PassOnAsync(direction, _services.Options.SettleTimeout, announced);

        // 3. Let go: in good order, or so that both see a broken connection. After ABOR the device's reply stands in any case.
        var givenUp = _givenUp;
        End(failure);
        return givenUp ? null : failure;
    }

    /// <inheritdoc cref="DataWatch.EndedAsync"/>
    public Task<Failure?> DataEndedAsync(FtpTransferDirection direction) => _watch.EndedAsync(direction);

    /// <summary>Lets everything go: the Napter port is closed or kept for reuse in the background. Only the first call counts.</summary>
    /// <param name="failure">Why, where it did not end well: both peers then see a broken connection rather than a good end.</param>
    public void End(Failure? failure)
    {
        lock (_ended)
        {
            if (_ended.Task.IsCompleted)
            {
                return;
            }

            // What broke the data outranks what followed from it, such as the session's end.
            _failure = failure is null ? null : _broken ?? _pump?.Failure ?? failure;
            _ended.SetResult();
        }

        _stop.Cancel();
        _abandoned.TrySetResult();
        _client.Dispose();
    }

    /// <summary>As <see cref="End"/>, where the session is over: an error only for a transfer that it cuts.</summary>
    public void EndWithSession(Failure reason) => End(Volatile.Read(ref _transfers) > 0 ? reason : null);

    private async Task BreakUploadAsync()
    {
        try
        {
            var pump = await _pumping.Task;
            await pump.ToDeviceCompleted;
            await Task.Delay(s_abortPatience, _services.Time, _stop.Token);
            End(s_givenUp);
        }
        catch (Exception e) when (e is OperationCanceledException or NapterFtpException)
        {
            // It has ended already.
        }
    }

    // A refused transfer moves no data, and some servers (vsftpd after "550 Failed to open file") go on listening for the next one.
    // Others have sent a part: what has come is still passed on before the client hears of the end.
    private async Task SettleRefusedAsync(FtpReply final, FtpTransferDirection direction)
    {
        if (final.Code >= 500 && !HasMoved && !_client.WaitsForTransfer)
        {
            return;
        }

        Failure? failure = null;
        if (direction == FtpTransferDirection.FromDevice && HasMoved)
        {
            failure = await _watch.PassOnAsync(direction, s_refusedPatience, announced: null);
        }

        End(failure ?? new Failure(FailingSide.Device, NapterFtpErrorKind.Protocol, _secrets.Hide(final.Text)));
    }

    private void EndIfSuperseded()
    {
        if (Volatile.Read(ref _superseded) != 0 && Volatile.Read(ref _transfers) == 0)
        {
            End(null);
        }
    }

    private async Task CloseAsync(Connection? client, Connection? device, DataPump? pump)
    {
        _deviceReady.TrySetCanceled();
        _pumping.TrySetCanceled();
        if (_failure is not null)
        {
            // A peer must not take what is incomplete for whole.
            device?.Abort();
            client?.Abort();
        }

        // The entry goes after the device's side has been closed in good order, and even if that should not come to its end.
        try
        {
            await CloseConnectionsAsync(client, device, pump).WaitAsync(s_closeLimit, _services.Time);
        }
        catch (TimeoutException)
        {
            _services.Logger.LogError("The connections of a data port did not close within {Limit}.", s_closeLimit);
        }
        finally
        {
            _port.Release(_failure?.Message);
        }
    }

    private static async Task CloseConnectionsAsync(Connection? client, Connection? device, DataPump? pump)
    {
        // The copy, woken by the end of one side, must not reset the other, and the client lose its last bytes.
        pump?.LetGo();
        if (client is not null)
        {
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
}
