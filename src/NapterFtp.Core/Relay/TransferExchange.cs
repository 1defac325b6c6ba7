using NapterFtp.Ftp;
using NapterFtp.Transport;

namespace NapterFtp.Relay;

/// <summary>A transfer command. Its final reply is held back until the client has had the last byte, so that no client takes
/// the reply for the end of data that is still under way.</summary>
/// <param name="session">The session.</param>
/// <param name="slot">The client's place in line.</param>
/// <param name="command">The command.</param>
/// <param name="isWhole">Whether a file is transferred from its beginning, so that its size tells how much is to come.</param>
internal sealed class TransferExchange(ControlSession session, ReplySlot slot, FtpCommand command, bool isWhole)
    : RelayedCommand(command.Verb, slot)
{
    private static readonly TimeSpan PreliminaryPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HeldUpPatience = TimeSpan.FromSeconds(1);

    private static readonly Failure s_lost = new(
        FailingSide.Device, NapterFtpErrorKind.Protocol, "The device opened another data port and sent nothing on this one.", "Transfer the file again.");

    private readonly FtpTransferDirection _direction = command.Direction;
    private readonly TaskCompletionSource _saidTwice = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _answered;
    private int _preliminary;
    private long? _announced;
    private volatile DataConnection? _port;

    public override bool IsDataUnderWay => _port?.IsUnderWay(_direction) == true;

    /// <summary>Begins the transfer.</summary>
    /// <param name="port">What carries the data; null where the device must say that there is nothing to, or waits for it.</param>
    public void Begin(DataConnection? port)
    {
        session.Watch.TransferBegun();
        if (port is not null)
        {
            Take(port);
        }
    }

    /// <summary>Gives a transfer that began without a data port the one that the client has asked for since, as for STOU.</summary>
    public void Adopt(DataConnection port)
    {
        if (_port is null && Volatile.Read(ref _answered) == 0)
        {
            Take(port);
        }
    }

    public override void OnPreliminary(FtpReply reply)
    {
        if (isWhole && TransferSize.TryParse(reply, out var size))
        {
            _announced = size;
        }

        // A device's own that comes after the one made up in its place would be one too many.
        if (Interlocked.Exchange(ref _preliminary, 1) == 0)
        {
            base.OnPreliminary(reply);
        }
        else
        {
            _saidTwice.TrySetResult();
        }
    }

    public override void OnFinal(FtpReply reply)
    {
        if (Interlocked.Exchange(ref _answered, 1) != 0)
        {
            return;
        }

        Slot!.MarkAnswered();
        var hasBegun = Volatile.Read(ref _preliminary) != 0;
        if (reply.IsCompletion)
        {
            // First: a client may wait for it before it takes the data, and we for the client.
            MakeUpPreliminary();
        }

        if (_port is { } port)
        {
            session.Defer(_ => SettleAsync(reply, port, hasBegun));
        }
        else
        {
            Finish(reply.Raw);
        }
    }

    public override void OnUnanswered()
    {
        if (Interlocked.Exchange(ref _answered, 1) == 0)
        {
            Finish(default);
        }
    }

    private void Take(DataConnection port)
    {
        _port = port;
        port.BeginTransfer(command);
        session.Defer(cancellationToken => WatchForMissingPreliminaryAsync(port, cancellationToken));
        session.Defer(cancellationToken => WatchForMissingReplyAsync(port, cancellationToken));
    }

    private async Task SettleAsync(FtpReply reply, DataConnection dataPort, bool hasBegun)
    {
        var settling = dataPort.SettleAsync(reply, _direction, _announced, hasBegun);
        if (reply.IsCompletion)
        {
            await ReleaseWhereWaitedForAsync(reply, dataPort, settling);
        }

        var error = await settling;
        if (session.Services.Options.Prefetch && reply.IsCompletion && dataPort is { MayBeCutShort: true, IsGivenUp: false })
        {
            error = NoteLost(error, dataPort);
        }

        if (error is null && reply.IsCompletion)
        {
            session.NoteTransfer(dataPort.Moved);
        }

        Finish(error is null ? reply.Raw : RelayReply.Line(426, $"The transfer failed: {error}"));
    }

    // A device that had not taken the data connection yet may forget it when it is asked for another, and send this file on that one
    // (pyftpdlib): the client must not get it there as its next.
    private Failure? NoteLost(Failure? error, DataConnection port)
    {
        if (error is null && _direction == FtpTransferDirection.FromDevice && port.Moved == 0 && _announced != 0)
        {
            error = s_lost;
        }

        if (error is { Side: FailingSide.Device or FailingSide.Gateway })
        {
            session.NoteBrokenOff();
        }

        return error;
    }

    // A client may wait for the answer to a later command before it takes more data, while we wait for it to take the data before
    // it hears of their end, which comes before that answer.
    private async Task ReleaseWhereWaitedForAsync(FtpReply reply, DataConnection port, Task settling)
    {
        for (var seen = -1L; !settling.IsCompleted; seen = port.Moved)
        {
            if (port.Moved == seen && port.IsHeldUp && Slot!.IsWaitedFor)
            {
                Slot.Complete(reply.Raw);
                return;
            }

            using var timer = new CancellationTokenSource();
            await Task.WhenAny(settling, Task.Delay(HeldUpPatience, session.Services.Time, timer.Token));
            await timer.CancelAsync();
        }
    }

    // Some devices send no 1xx reply. Most clients wait for one before they touch the data connection, and take a final reply
    // without one for an error (RFC 959, section 5.4 wants it).
    private async Task WatchForMissingPreliminaryAsync(DataConnection port, CancellationToken cancellationToken)
    {
        for (var waited = 1; Volatile.Read(ref _answered) == 0 && Volatile.Read(ref _preliminary) == 0; waited++)
        {
            await Task.Delay(PreliminaryPatience, session.Services.Time, cancellationToken);
            if (port.HasMoved || (_direction == FtpTransferDirection.ToDevice && waited >= 3))
            {
                MakeUpPreliminary();
            }
        }
    }

    private void MakeUpPreliminary()
    {
        if (Interlocked.Exchange(ref _preliminary, 1) == 0)
        {
            Slot!.Write(RelayReply.Line(150, "Data connection open."));
        }
    }

    // A device that never sends a final reply must not leave the client waiting.
    private async Task WatchForMissingReplyAsync(DataConnection port, CancellationToken cancellationToken)
    {
        var error = await port.DataEndedAsync(_direction);
        await MissReplyAsync(error, cancellationToken);
        if (Volatile.Read(ref _answered) != 0 || !session.Device.Dialogue.GiveUp(this) || Interlocked.Exchange(ref _answered, 1) != 0)
        {
            return;
        }

        // Where the device said how much there is, and that came, it broke nothing off.
        var isCut = port.MayBeCutShort && !(port.Moved >= _announced);
        if (isCut)
        {
            session.NoteBrokenOff();
        }

        port.End(error);
        Finish(MissingReply(port, isCut, error));
    }

    /// <summary>Waits as long as a final reply may still come. Where the data have broken, pure-ftpd says so with a second 1xx, and nothing
    /// after it.</summary>
    private async Task MissReplyAsync(Failure? error, CancellationToken cancellationToken)
    {
        var patience = Task.Delay(session.Services.Options.SettleTimeout, session.Services.Time, cancellationToken);
        await (error is null ? patience : await Task.WhenAny(patience, _saidTwice.Task));
    }

    private ReadOnlyMemory<byte> MissingReply(DataConnection port, bool isCut, Failure? error) =>
        port.IsGivenUp && IsOvertaken ? default // ABOR has been answered for both.
        : error is not null ? RelayReply.Line(426, $"The transfer failed: {error}")
        : _direction == FtpTransferDirection.ToDevice ? RelayReply.Line(451, "The device did not confirm the upload: check the file there.")
        : isCut ? RelayReply.Line(426, "The device opened another data port and did not confirm the end of the transfer: the data may be cut short.")
        : RelayReply.Line(226, "Transfer complete; the device ended the data but sent no final reply.");

    private void Finish(ReadOnlyMemory<byte> reply)
    {
        Slot!.Complete(reply);
        session.Watch.TransferEnded();
    }
}
