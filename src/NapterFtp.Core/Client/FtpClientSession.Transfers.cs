using System.Globalization;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using NapterFtp.Ftp;
using NapterFtp.Ports;
using NapterFtp.Transport;

namespace NapterFtp.Client;

/// <summary>Transfers. What is waited for, besides the data, is one round trip for each file: the passive reply for the next one
/// is asked for behind the running transfer, and the data connection is made while the transfer command is on its way.</summary>
internal sealed partial class FtpClientSession
{
    private PendingCommand? _probe;
    private PendingCommand? _ahead;
    private long _aheadSince;
    private bool? _keepsOrder;

    /// <summary>Whether the device has been seen to answer in the order of the commands, also behind a running transfer; null
    /// before it has been seen.</summary>
    public bool? KeepsOrder => Traits.NeverPipeline ? false : _keepsOrder;

    /// <summary>Runs one transfer.</summary>
    /// <param name="request">The command and what goes with it.</param>
    /// <param name="body">Reads the data to its end, or writes it.</param>
    /// <param name="cancellationToken">Ends the transfer, and with it the session.</param>
    /// <returns>How it went; a refusal is an outcome, not an exception.</returns>
    /// <exception cref="NapterFtpException">The connection broke, a limit passed, or no port could be had.</exception>
    public async Task<TransferOutcome> TransferAsync(
        TransferRequest request, Func<DataFlow, CancellationToken, Task> body, CancellationToken cancellationToken)
    {
        var outcome = await TryTransferAsync(request, body, cancellationToken);
        if (outcome.Refused?.Reply.Code == 425 && !Traits.ConnectsFirst && IsUsable)
        {
            // Perhaps the device wants the data connection before the command.
            Traits.ConnectsFirst = true;
            outcome = await TryTransferAsync(request, body, cancellationToken);
        }

        return outcome;
    }

    /// <summary>What came does not fit what the device said: perhaps it is the pipelining that it cannot bear.</summary>
    public void DoubtPipelining()
    {
        if (KeepsOrder == true)
        {
            Traits.NeverPipeline = true;
        }
    }

    private async Task<TransferOutcome> TryTransferAsync(
        TransferRequest request, Func<DataFlow, CancellationToken, Task> body, CancellationToken cancellationToken)
    {
        var port = await DataPortAsync(cancellationToken);
        var lease = await _ports.TakeAsync(port, Number, cancellationToken);
        lease.SetCommand(request.Command.Display);
        using var dialling = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var dial = DialAsync(lease, dialling.Token);
        Connection? connection = null;
        var clean = false;
        try
        {
            if (Traits.ConnectsFirst)
            {
                await dial;
            }

            if (KeepsOrder != true && await AskBeforeAsync(request, cancellationToken) is { } early)
            {
                clean = true;
                return new TransferOutcome(null, early, []);
            }

            var sent = await SendTransferAsync(request, cancellationToken);
            var transfer = sent.Transfer;
            await Task.WhenAny(dial, transfer.Final);
            if (transfer.IsRefused)
            {
                clean = true;
                return await RefuseAsync(request, sent, cancellationToken);
            }

            (lease, connection) = await ConnectedAsync(lease, dial, transfer, cancellationToken);
            lease.Connected(connection.LocalEndPoint, null);
            var refused = await RefusedBeforeAsync(sent, cancellationToken);
            await RunBodyAsync(lease, connection, request, sent, refused is null ? body : DrainAsync, cancellationToken);
            var final = await FinalAsync(transfer, cancellationToken);
            _aheadSince = _time.GetTimestamp();
            clean = true;
            if (refused is not null)
            {
                return new TransferOutcome(final, refused, []);
            }

            if (transfer.IsRefused)
            {
                return await RefuseAsync(request, sent, cancellationToken);
            }

            return new TransferOutcome(final, null, await BehindAsync(request, sent, cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            connection?.Abort();
            throw;
        }
        finally
        {
            await dialling.CancelAsync();
            connection ??= await EndedAsync(dial);
            if (connection is not null)
            {
                await connection.DisposeAsync();
            }

            if (clean)
            {
                _ports.Return(lease);
            }
            else
            {
                _ports.Discard(lease, $"{request.Command.Display} did not end well.");
            }
        }
    }

    /// <summary>The device's port for the next data connection: asked for ahead, or now.</summary>
    private async Task<int> DataPortAsync(CancellationToken cancellationToken)
    {
        if (_ahead is { } ahead)
        {
            _ahead = null;
            var reply = await _channel.WaitAsync(ahead, Options.ReplyTimeout, cancellationToken);
            if (reply is not null && _time.GetElapsedTime(_aheadSince) < Options.PassiveReplyLife && PassiveReply.TryParse(reply, out var address))
            {
                return Allowed(address.Port);
            }
        }

        var first = await AskAsync(Command(Traits.PassiveVerb), cancellationToken);
        if (PassiveReply.TryParse(first, out var told))
        {
            Traits.PassiveVerbProved = true;
            SettleProbe();
            return Allowed(told.Port);
        }

        if (first.Code != 421 && !Traits.PassiveVerbProved)
        {
            var other = Traits.PassiveVerb == "PASV" ? "EPSV" : "PASV";
            if (PassiveReply.TryParse(await AskAsync(Command(other), cancellationToken), out told))
            {
                Traits.PassiveVerb = other;
                Traits.PassiveVerbProved = true;
                SettleProbe();
                return Allowed(told.Port);
            }
        }

        throw Errors.NoDataPort(Device, first);
    }

    private int Allowed(int port) => port >= Options.LowestDataPort ? port : throw Errors.DataPortNotAllowed(Device, port);

    /// <summary>What became of the command that was sent behind a transfer to see the device's order.</summary>
    private void SettleProbe()
    {
        if (_probe is { Final.IsCompletedSuccessfully: true } probe && _keepsOrder is null)
        {
            // Lost: the device reads one command from a packet and drops the rest.
            _keepsOrder = probe.FinalReply is not null;
            Traits.NeverPipeline |= _keepsOrder == false;
            _probe = null;
        }
    }

    /// <summary>What has been sent for one transfer.</summary>
    private sealed record Sent(
        PendingCommand Transfer, bool Restarted, PendingCommand? Rest, IReadOnlyList<PendingCommand> Before, IReadOnlyList<PendingCommand>? Behind);

    /// <summary>Without pipelining: what goes before the transfer command, one by one.</summary>
    private async Task<(FtpCommand Command, FtpReply Reply)?> AskBeforeAsync(TransferRequest request, CancellationToken cancellationToken)
    {
        foreach (var command in request.Before)
        {
            var reply = await AskAsync(command, cancellationToken);
            if (reply.IsNegative)
            {
                return (command, reply);
            }
        }

        return null;
    }

    /// <summary>With pipelining: whether a command before the transfer command was refused, so that its data mean nothing.</summary>
    private async Task<(FtpCommand Command, FtpReply Reply)?> RefusedBeforeAsync(Sent sent, CancellationToken cancellationToken)
    {
        foreach (var command in sent.Before)
        {
            if (await _channel.WaitAsync(command, Options.ReplyTimeout, cancellationToken) is { IsNegative: true } reply)
            {
                return (command.Command!, reply);
            }
        }

        return null;
    }

    private static async Task DrainAsync(DataFlow flow, CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        while (await flow.ReadAsync(buffer, cancellationToken) > 0)
        {
            // Nobody wants it.
        }
    }

    private async Task<Sent> SendTransferAsync(TransferRequest request, CancellationToken cancellationToken)
    {
        var inOrder = KeepsOrder == true;
        var batch = new List<FtpCommand>(inOrder ? request.Before : []);
        var restarted = false;
        var restAt = -1;
        if (request.Restart > 0)
        {
            var rest = Command("REST", request.Restart.ToString(CultureInfo.InvariantCulture));
            if (inOrder)
            {
                restAt = batch.Count;
                batch.Add(rest);
            }
            else
            {
                var reply = await AskAsync(rest, cancellationToken);
                restarted = reply.Code == 350;
                Traits.Learn("REST", reply);
            }
        }

        var transferAt = batch.Count;
        batch.Add(request.Command);
        var ahead = inOrder && request.MoreFollow;
        var probe = KeepsOrder is null && request.MoreFollow && _probe is null;
        if (inOrder)
        {
            batch.AddRange(request.Behind);
        }

        if (ahead || probe)
        {
            batch.Add(Command(ahead ? Traits.PassiveVerb : "NOOP"));
        }

        var sent = await _channel.SendAsync(batch, cancellationToken);
        _ahead = ahead ? sent[^1] : null;
        _aheadSince = _time.GetTimestamp();
        _probe = probe ? sent[^1] : _probe;
        return new Sent(
            sent[transferAt],
            restarted,
            restAt < 0 ? null : sent[restAt],
            inOrder ? sent[..request.Before.Count] : [],
            inOrder ? sent[(transferAt + 1)..(transferAt + 1 + request.Behind.Count)] : null);
    }

    private async Task<Connection> DialAsync(PortLease lease, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = _time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), limit, Options.ConnectTimeout, Timeout.InfiniteTimeSpan);
        try
        {
            return await _dialer.ConnectAsync(lease.Gateway, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Errors.DataConnectTimeout(Device, lease.DevicePort, Options.ConnectTimeout);
        }
    }

    /// <summary>The data connection; made anew through a fresh port where the one at hand was an old one that has gone.</summary>
    private async Task<(PortLease Lease, Connection Connection)> ConnectedAsync(
        PortLease lease, Task<Connection> dial, PendingCommand transfer, CancellationToken cancellationToken)
    {
        try
        {
            return (lease, await dial);
        }
        catch (NapterFtpException exception) when (lease.Counters.FromDevice + lease.Counters.ToDevice > 0)
        {
            _logger.LogDebug(exception, "{Device}: the port to {DevicePort} has gone; opening it anew.", Device, lease.DevicePort);
            var port = lease.DevicePort;
            _ports.Discard(lease, exception.Message);
            var fresh = await _ports.TakeAsync(port, Number, cancellationToken);
            return (fresh, await DialAsync(fresh, cancellationToken));
        }
        catch (NapterFtpException exception)
        {
            // The device now waits for a data connection that will not come. That ends sooner with the session than by its own limit.
            throw _channel.SetFault(exception);
        }
    }

    private async Task RunBodyAsync(
        PortLease lease, Connection connection, TransferRequest request, Sent sent, Func<DataFlow, CancellationToken, Task> body, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var restarted = sent.Restarted || (sent.Rest is not null && await RestartedAsync(sent.Rest, cancellationToken));
        using var flow = new DataFlow(connection, lease.Counters, _activity, Device, Options.IdleTimeout, restarted, _time, stop.Token);
        var upload = request.Command.Direction == FtpTransferDirection.ToDevice;
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
            var error = exception is IOException ? Errors.DataLost(Device, exception) : exception;
            if (error is not NapterFtpException { ErrorId: "DataConnectionLost" })
            {
                ExceptionDispatchInfo.Throw(error);
            }

            // A device that refuses, or goes away, may cut the data connection first; the control connection says more.
            if (!sent.Transfer.IsRefused)
            {
                ExceptionDispatchInfo.Throw(ended ?? error);
            }
        }
    }

    /// <summary>The device has taken all of an upload when it closes the data connection, or says so.</summary>
    private async Task EndOfUploadAsync(Connection connection, PendingCommand transfer, CancellationToken cancellationToken)
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

    private async Task<bool> RestartedAsync(PendingCommand rest, CancellationToken cancellationToken)
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
    private async Task<NapterFtpException?> RecoverAsync(PendingCommand transfer, CancellationToken cancellationToken)
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
    private async Task<FtpReply?> FinalAsync(PendingCommand transfer, CancellationToken cancellationToken)
    {
        if (!transfer.Final.IsCompleted && !(Traits.NoFinalReply && transfer.Overtaken))
        {
            try
            {
                if (!Traits.NoFinalReply)
                {
                    await transfer.Final.WaitAsync(Options.FinalReplyGrace, _time, cancellationToken);
                }
            }
            catch (TimeoutException)
            {
                // Asked below.
            }

            if (!transfer.Final.IsCompleted && !transfer.Overtaken)
            {
                // The answer to anything sent later tells that none to the transfer will come.
                var later = _ahead ?? (await _channel.SendAsync([Command("NOOP")], cancellationToken))[0];
                await Task.WhenAny(transfer.Final, _channel.WaitAsync(later, Options.ReplyTimeout, cancellationToken));
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        if (!transfer.Final.IsCompleted && IsUsable)
        {
            Traits.NoFinalReply = true;
            _channel.GiveUp(transfer);
        }

        var final = await transfer.Final;
        if (transfer.Overtaken && !Traits.NoFinalReply)
        {
            // The device answers while it transfers: a passive request would disturb the transfer.
            _keepsOrder = false;
            Traits.NeverPipeline = true;
        }

        return final;
    }

    private async Task<IReadOnlyList<FtpReply?>> BehindAsync(TransferRequest request, Sent sent, CancellationToken cancellationToken)
    {
        var replies = new List<FtpReply?>();
        for (var i = 0; i < request.Behind.Count; i++)
        {
            replies.Add(sent.Behind is not null
                ? await _channel.WaitAsync(sent.Behind[i], Options.ReplyTimeout, cancellationToken)
                : await AskAsync(request.Behind[i], cancellationToken));
        }

        return replies;
    }

    private async Task<TransferOutcome> RefuseAsync(TransferRequest request, Sent sent, CancellationToken cancellationToken)
    {
        var reply = await sent.Transfer.Final;

        // An order kept without a transfer between proves nothing.
        _probe = null;
        Traits.Learn(request.Command.Verb, reply!);
        foreach (var pending in sent.Behind ?? [])
        {
            await _channel.WaitAsync(pending, Options.ReplyTimeout, cancellationToken);
        }

        return new TransferOutcome(reply, (request.Command, reply!), []);
    }

    private static async Task<Connection?> EndedAsync(Task<Connection> dial)
    {
        try
        {
            return await dial;
        }
        catch (Exception)
        {
            // Cancelled, or reported already.
            return null;
        }
    }
}
