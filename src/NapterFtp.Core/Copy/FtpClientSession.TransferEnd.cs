using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using NapterFtp.Entries;
using NapterFtp.Ftp;
using NapterFtp.Transport;

namespace NapterFtp.Copy;

/// <summary>The data of a transfer and its end: by the data connection, by the final reply, or by neither.</summary>
internal sealed partial class FtpClientSession
{
    private async Task<DataEnd> RunBodyAsync(
        EntryLease lease, Connection connection, TransferRequest request, Sent sent, Func<DataFlow, CancellationToken, Task> body, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var restarted = sent.Restarted || (sent.Rest is not null && await RestartedAsync(sent.Rest, cancellationToken));
        using var flow = new DataFlow(connection, lease.Counters, _activity, Device, Options.IdleTimeout, restarted, _time, stop.Token);
        var upload = IsUpload(request);
        var running = body(flow, stop.Token);
        try
        {
            // A refusal in mid-transfer ends it; what the device had sent before may still be on its way. Before its beginning, nothing was.
            await Task.WhenAny(running, sent.Transfer.Final);
            if (!running.IsCompleted && sent.Transfer.HasFailed)
            {
                await Task.WhenAny(running, Task.Delay(upload || !sent.Transfer.HasStarted ? TimeSpan.Zero : Options.FinalReplyGrace, _time, cancellationToken));
                await stop.CancelAsync();
            }
            else if (!running.IsCompleted && !upload)
            {
                await EndOpenDataAsync(running, flow, request, sent.Transfer, cancellationToken);
            }

            await running;
            if (upload)
            {
                await connection.CompleteWritesAsync(stop.Token);
                await EndOfUploadAsync(connection, sent.Transfer, stop.Token);
            }

            // At once, not after the final reply: some servers (proftpd) give it only after the client has closed.
            await connection.DisposeAsync();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The reply says why.
            connection.Abort();
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            connection.Abort();
            var ended = await RecoverAsync(sent.Transfer, cancellationToken);
            var error = exception is IOException or SocketException ? Errors.DataLost(Device, exception) : exception;
            if (error is not NapterFtpException { ErrorId: "DataConnectionLost" })
            {
                ExceptionDispatchInfo.Throw(error);
            }

            if (IsDoneAtOnce(request, sent.Transfer) && !flow.HasMoved)
            {
                // Nobody on the device ever took the connection that the gateway had made.
                await NothingAsync(lease, sent, body, cancellationToken);
                return DataEnd.NoConnection;
            }

            // A device that refuses, or goes away, may cut the data connection first; the control connection says more.
            if (!sent.Transfer.IsRefused)
            {
                ExceptionDispatchInfo.Throw(ended ?? error);
            }
        }

        return flow.WasEnded ? flow.HasMoved || sent.Transfer.HasStarted ? DataEnd.LeftOpen : DataEnd.NoConnection : DataEnd.Closed;
    }

    private static bool IsUpload(TransferRequest request) => request.Command.Direction == FtpTransferDirection.ToDevice;

    /// <summary>A download that the device calls complete without having begun it. Some leave out the preliminary reply and send all the
    /// same.</summary>
    private static bool IsDoneAtOnce(TransferRequest request, AwaitedCommand transfer) =>
        !IsUpload(request) && !transfer.HasStarted && transfer.FinalReply is { IsCompletion: true } && !transfer.IsRefused;

    /// <summary>Whether there is a data connection after all.</summary>
    private async Task<bool> ConnectsAsync(Task<Connection> dial, CancellationToken cancellationToken)
    {
        await Task.WhenAny(dial, Task.Delay(Options.FinalReplyGrace, _time, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        return dial.IsCompletedSuccessfully || IsInsecure(dial);
    }

    /// <summary>Runs the body over no data.</summary>
    private async Task NothingAsync(EntryLease lease, Sent sent, Func<DataFlow, CancellationToken, Task> body, CancellationToken cancellationToken)
    {
        var restarted = sent.Restarted || (sent.Rest is not null && await RestartedAsync(sent.Rest, cancellationToken));
        using var flow = new DataFlow(null, lease.Counters, _activity, Device, Options.IdleTimeout, restarted, _time, cancellationToken);
        await body(flow, cancellationToken);
    }

    /// <summary>The device has said that the download is complete. What is under way still comes, however slowly; but some devices never
    /// close the data connection, or have made none.</summary>
    private async Task EndOpenDataAsync(Task running, DataFlow flow, TransferRequest request, AwaitedCommand transfer, CancellationToken cancellationToken)
    {
        var replied = _time.GetTimestamp();
        var patience = !transfer.HasStarted || Traits.LeavesDataOpen ? Options.FinalReplyGrace / 5 : Options.FinalReplyGrace;
        while (!running.IsCompleted)
        {
            var silence = _time.GetElapsedTime(replied) is var since && since < flow.Silence ? since : flow.Silence;
            if (silence < patience)
            {
                await Task.WhenAny(running, Task.Delay(patience - silence, _time, cancellationToken));
                cancellationToken.ThrowIfCancellationRequested();
            }
            else if (request.IsAllThereAsync is null ? patience == Options.FinalReplyGrace || !flow.HasMoved : await request.IsAllThereAsync(cancellationToken))
            {
                Traits.LeavesDataOpen |= flow.HasMoved;
                flow.End();
                return;
            }
            else if (patience < Options.FinalReplyGrace)
            {
                patience = Options.FinalReplyGrace;
            }
            else if (flow.HasMoved)
            {
                // Something is missing: only the limit of all silence ends that.
                return;
            }
            else
            {
                // Its length will tell that nothing came.
                flow.End();
                return;
            }
        }
    }

    /// <summary>The device has taken all of an upload when it closes the data connection, or says so.</summary>
    private async Task EndOfUploadAsync(Connection connection, AwaitedCommand transfer, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var closed = ReadToEndAsync(connection, limit.Token);
        await Task.WhenAny(closed, transfer.Final, Task.Delay(Options.IdleTimeout, _time, limit.Token));
        await limit.CancelAsync();
        await closed;
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static async Task ReadToEndAsync(Connection connection, CancellationToken cancellationToken)
    {
        try
        {
            var nothing = new byte[256];
            while (await connection.ReadAsync(nothing, cancellationToken) > 0)
            {
                // A device has nothing to say here.
            }
        }
        catch (Exception)
        {
            // The final reply tells whether the upload arrived.
        }
    }

    private async Task<bool> RestartedAsync(AwaitedCommand rest, CancellationToken cancellationToken)
    {
        var reply = await _channel.WaitAsync(rest, Options.ReplyTimeout, cancellationToken);
        if (reply is not null)
        {
            Traits.Learn("REST", reply);
        }

        return reply?.Code == 350;
    }

    /// <summary>After a transfer that broke: the session goes on where the device says soon that the transfer has ended.</summary>
    /// <returns>Why the control connection has ended, where it has by itself.</returns>
    private async Task<NapterFtpException?> RecoverAsync(AwaitedCommand transfer, CancellationToken cancellationToken)
    {
        try
        {
            await transfer.Final.WaitAsync(Options.FinalReplyGrace, _time, cancellationToken);
        }
        catch (TimeoutException)
        {
            _channel.SetFault(Errors.ReplyTimeout(Device, transfer.Command!.Display, Options.FinalReplyGrace));
        }
        catch (NapterFtpException exception)
        {
            return exception;
        }

        return null;
    }

    /// <summary>The reply that ends a transfer whose data has ended.</summary>
    private async Task<FtpReply?> FinalAsync(AwaitedCommand transfer, CancellationToken cancellationToken)
    {
        if (!transfer.Final.IsCompleted && !(Traits.NoFinalReply && transfer.IsOvertaken))
        {
            try
            {
                if (!Traits.NoFinalReply)
                {
                    await transfer.Final.WaitAsync(Options.QuietTransfers ? Options.ReplyTimeout : Options.FinalReplyGrace, _time, cancellationToken);
                }
            }
            catch (TimeoutException)
            {
                // Asked below, where the device may be asked.
            }

            if (!transfer.Final.IsCompleted && transfer.IsOvertaken && _channel.RefusesBehind)
            {
                // It may have ended the transfer as well: what came can be cut, however well it ended.
                throw _channel.SetFault(Errors.DataLost(Device, new IOException("The device refused what it was sent while it transferred.")));
            }

            if (!transfer.Final.IsCompleted && !transfer.IsOvertaken && !Options.QuietTransfers)
            {
                // The answer to anything sent later tells that none to the transfer will come.
                var later = _ahead ?? (await _channel.SendAsync([Command("NOOP")], cancellationToken))[0];
                await Task.WhenAny(transfer.Final, _channel.WaitAsync(later, Options.ReplyTimeout, cancellationToken));
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        if (!transfer.Final.IsCompleted && _channel.IsOpen)
        {
            Traits.NoFinalReply = true;
            _channel.GiveUp(transfer);
        }

        var final = await transfer.Final;
        if (transfer.IsOvertaken && !Traits.NoFinalReply)
        {
            // The device answers while it transfers: a passive request would disturb the transfer.
            Traits.KeepsOrder = false;
            Traits.NeverPipeline = true;
        }

        return final;
    }
}
