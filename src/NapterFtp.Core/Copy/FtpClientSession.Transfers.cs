using System.Globalization;
using NapterFtp.Ftp;
using NapterFtp.Transport;

namespace NapterFtp.Copy;

/// <summary>Transfers. What is waited for, besides the data, is one round trip for each file: the passive reply for the next one
/// is asked for behind the running transfer, and the data connection is made while the transfer command is on its way.</summary>
internal sealed partial class FtpClientSession
{
    private AwaitedCommand? _probe;
    private AwaitedCommand? _ahead;
    private long _aheadSince;

    /// <summary>Whether the device has been seen to answer in the order of the commands, also behind a running transfer; null
    /// before it has been seen.</summary>
    public bool? KeepsOrder => Traits.NeverPipeline || Traits.RepeatsReplies || Options.QuietTransfers ? false : Traits.KeepsOrder;

    private async Task<TransferOutcome> TransferAsItIsAsync(
        TransferRequest request, Func<DataFlow, CancellationToken, Task> body, CancellationToken cancellationToken)
    {
        var sendsBehind = KeepsOrder == true || (KeepsOrder is null && request.Following > 0);
        var outcome = await TryTransferAsync(request, body, cancellationToken);
        if (sendsBehind && outcome.Refused?.Reply.Code == ControlChannel.BadSequence)
        {
            // Perhaps it was what came behind the transfer command that the device refused, and ended both.
            Traits.NeverPipeline = true;
            outcome = await TryTransferAsync(request, body, cancellationToken);
            Traits.NeverPipeline = outcome.Refused?.Reply.Code != ControlChannel.BadSequence;
        }

        if (outcome.Refused?.Reply.Code == 425 && !Traits.ConnectsFirst && !Traits.ActiveOnly && IsUsable)
        {
            // Perhaps the device wants the data connection before the command, or has forgotten its port at CWD.
            Traits.ConnectsFirst = true;
            outcome = await TryTransferAsync(request, body, cancellationToken);
            Traits.ConnectsFirst = outcome.Refused?.Reply.Code != 425;
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

    /// <summary>The answer to one of several commands that were sent together. Where it does not come, the next session sends them one by one.</summary>
    private async Task<FtpReply?> AnswerOfSeveralAsync(AwaitedCommand command, CancellationToken cancellationToken)
    {
        try
        {
            return await _channel.WaitAsync(command, Options.ReplyTimeout, cancellationToken);
        }
        catch (NapterFtpException exception) when (exception.ErrorId == "DeviceReplyTimeout")
        {
            DoubtPipelining();
            throw;
        }
    }

    private async Task<TransferOutcome> TryTransferAsync(
        TransferRequest request, Func<DataFlow, CancellationToken, Task> body, CancellationToken cancellationToken)
    {
        // A device may forget its port when a folder is entered. One that answers in order is asked for both together until it has (425).
        if (request.Before.Count > 0 && (KeepsOrder != true || Traits.ConnectsFirst))
        {
            if (await AskBeforeAsync(request, cancellationToken) is { } early)
            {
                return new TransferOutcome(null, early, []);
            }

            request = request with { Before = [] };
            _ahead = null;
        }

        var port = await DataPortAsync(request, cancellationToken);
        using var dialling = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var dial = port.DialAsync(dialling.Token);
        Connection? connection = null;
        var clean = false;
        try
        {
            if (Traits.ConnectsFirst && port.Entry.Return is null)
            {
                await dial;
            }

            var sent = await SendTransferAsync(request, cancellationToken);
            var transfer = sent.Transfer;
            await Task.WhenAny(dial, transfer.Final);
            if (dial is { IsFaulted: true, Exception.InnerException: NapterFtpException { Kind: NapterFtpErrorKind.Connection } })
            {
                // A device that refuses may close its end of the data connection before it says so.
                await Task.WhenAny(transfer.Final, Task.Delay(Options.FinalReplyGrace / 5, _time, cancellationToken));
            }

            if (transfer.Final is { IsCompletedSuccessfully: true, Result.Code: 425 or 426 })
            {
                // The device complains of its data connection; our own end of it may know why.
                await Task.WhenAny(dial, Task.Delay(Options.FinalReplyGrace, _time, cancellationToken));
            }

            if (transfer.IsRefused && !IsInsecure(dial))
            {
                clean = true;
                return await RefuseAsync(request, sent, cancellationToken);
            }

            if (IsDoneAtOnce(request, transfer) && !await ConnectsAsync(dial, cancellationToken))
            {
                clean = true;
                await NothingAsync(port.Entry, sent, body, cancellationToken);
                return new TransferOutcome(await transfer.Final, null, await BehindAsync(request, sent, cancellationToken)) { End = DataEnd.NoConnection };
            }

            connection = await ConnectedAsync(dial);
            port.Entry.Connected(connection.LocalEndPoint, null);
            var refused = await RefusedBeforeAsync(sent, cancellationToken);
            var end = await RunBodyAsync(port.Entry, connection, request, sent, refused is null ? body : DrainAsync, cancellationToken);
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

            _restsAfterTransfer = final is { IsCompletion: true };
            return new TransferOutcome(final, null, await BehindAsync(request, sent, cancellationToken)) { End = end };
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
                _ports.Return(port.Entry);
            }
            else
            {
                _ports.Discard(port.Entry, $"{request.Command.Display} did not end well.");
            }
        }
    }

    private static bool IsInsecure(Task<Connection> dial) =>
        dial.Exception?.InnerException is NapterFtpException { Kind: NapterFtpErrorKind.Security };

    /// <summary>What has been sent for one transfer.</summary>
    private sealed record Sent(
        AwaitedCommand Transfer, bool Restarted, AwaitedCommand? Rest, IReadOnlyList<AwaitedCommand> Before, IReadOnlyList<AwaitedCommand>? Behind);

    /// <summary>Without pipelining: what goes before the transfer command and its port, one by one.</summary>
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
            // Left unanswered, it may have been done or not, and the data be of another folder.
            var reply = await _channel.WaitAsync(command, Options.ReplyTimeout, cancellationToken)
                ?? throw _channel.SetFault(Errors.UnexpectedReply(Device, command.Verb, null));
            if (reply.IsNegative)
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
        var ahead = inOrder && request.Following > 0 && !Traits.ActiveOnly;
        var probe = KeepsOrder is null && request.Following > 0 && _probe is null;
        if (inOrder)
        {
            batch.AddRange(request.Behind);
        }

        if (ahead || probe)
        {
            batch.Add(Command(ahead ? Traits.PassiveMode.ToVerb() : "NOOP"));
        }

        _restsAfterTransfer = false;
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

/// <summary>One transfer over a data connection.</summary>
internal sealed record TransferRequest
{
    /// <summary>RETR, STOR, APPE, MLSD, LIST or NLST.</summary>
    public required FtpCommand Command { get; init; }

    /// <summary>The path meant, for messages.</summary>
    public required string Path { get; init; }

    /// <summary>The position to begin at (REST); 0 for the beginning.</summary>
    public long Restart { get; init; }

    /// <summary>Commands right before the transfer command, whose refusal makes the transfer pointless: CWD.</summary>
    public IReadOnlyList<FtpCommand> Before { get; init; } = [];

    /// <summary>Commands whose answers are wanted after it; they cost no round trip where the device keeps order.</summary>
    public IReadOnlyList<FtpCommand> Behind { get; init; } = [];

    /// <summary>How many transfers are likely to follow. The port of the next is asked for ahead, and before very many the ports
    /// that the device uses are found out.</summary>
    public int Following { get; init; }

    /// <summary>Asked where the device has said that a download is complete, but leaves the data connection open and silent: whether all
    /// of it is there. Commands may be sent then. Null where nobody can tell, as for a listing.</summary>
    public Func<CancellationToken, Task<bool>>? IsAllThereAsync { get; init; }
}

/// <summary>How a transfer ended that came as far as a reply.</summary>
/// <param name="Final">The final reply; null where the device gave none and all data came to its end.</param>
/// <param name="Refused">The command that was refused, with its reply; null where all went well.</param>
/// <param name="Behind">The answers to <see cref="TransferRequest.Behind"/>; null for one the device left out.</param>
internal sealed record TransferOutcome(FtpReply? Final, (FtpCommand Command, FtpReply Reply)? Refused, IReadOnlyList<FtpReply?> Behind)
{
    public bool Succeeded => Refused is null;

    /// <summary>How the data ended.</summary>
    public DataEnd End { get; init; }
}

/// <summary>How the data of a transfer ended.</summary>
internal enum DataEnd
{
    /// <summary>The sender closed the data connection.</summary>
    Closed,

    /// <summary>The device said that all is sent and left the data connection open, on which nothing more came.</summary>
    LeftOpen,

    /// <summary>The device said at once that it is done and made no data connection: there are no data.</summary>
    NoConnection,
}
