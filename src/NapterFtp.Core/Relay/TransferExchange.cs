using NapterFtp.Ftp;

namespace NapterFtp.Relay;

/// <summary>A transfer command. Its final reply is held back until the client has had the last byte, so that no client takes
/// the reply for the end of data that is still under way.</summary>
/// <param name="session">The session.</param>
/// <param name="slot">The client's place in line.</param>
/// <param name="direction">Where the data goes.</param>
/// <param name="port">What carries the data; null where the device must say that there is nothing to.</param>
/// <param name="isWhole">Whether a file is transferred from its beginning, so that its size tells how much is to come.</param>
internal sealed class TransferExchange(
    ControlSession session, ReplySlot slot, FtpTransferDirection direction, DataConnection? port, bool isWhole)
    : Exchange(slot)
{
    private static readonly TimeSpan PreliminaryPatience = TimeSpan.FromSeconds(1);

    private int _answered;
    private int _preliminary;
    private long? _announced;

    /// <summary>Whether the device has said that the transfer begins.</summary>
    public bool HasBegun => Volatile.Read(ref _preliminary) != 0;

    /// <summary>Starts looking for the end: a device that never sends a final reply must not leave the client waiting.</summary>
    public void Begin()
    {
        session.Watch.TransferBegun();
        if (port is not null)
        {
            session.Defer(WatchForMissingPreliminaryAsync);
            session.Defer(WatchForMissingReplyAsync);
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
    }

    public override void OnFinal(FtpReply reply)
    {
        if (Interlocked.Exchange(ref _answered, 1) != 0)
        {
            return;
        }

        if (reply.IsCompletion)
        {
            // First: a client may wait for it before it takes the data, and we for the client.
            MakeUpPreliminary();
        }

        if (port is null)
        {
            Finish(reply.Raw);
        }
        else
        {
            session.Defer(_ => SettleAsync(reply, port));
        }
    }

    public override void OnMissing()
    {
        if (Interlocked.Exchange(ref _answered, 1) == 0)
        {
            Finish(default);
        }
    }

    private async Task SettleAsync(FtpReply reply, DataConnection dataPort)
    {
        var error = await dataPort.SettleAsync(reply, direction, _announced);
        if (error is null && reply.IsCompletion)
        {
            session.NoteTransfer(dataPort.Moved);
        }

        Finish(error is null ? reply.Raw : RelayReply.Line(426, $"The transfer failed: {error}"));
    }

    // Some devices send no 1xx reply. Most clients wait for one before they touch the data connection, and take a final reply
    // without one for an error (RFC 959, section 5.4 wants it).
    private async Task WatchForMissingPreliminaryAsync(CancellationToken cancellationToken)
    {
        for (var waited = 1; Volatile.Read(ref _answered) == 0 && Volatile.Read(ref _preliminary) == 0; waited++)
        {
            await Task.Delay(PreliminaryPatience, session.Services.Time, cancellationToken);
            if (port!.HasMoved || (direction == FtpTransferDirection.ToDevice && waited >= 3))
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

    private async Task WatchForMissingReplyAsync(CancellationToken cancellationToken)
    {
        var error = await port!.DataEndedAsync(direction);
        await Task.Delay(session.Services.Options.SettleTimeout, session.Services.Time, cancellationToken);
        if (Volatile.Read(ref _answered) != 0 || !session.Device.Forget(this) || Interlocked.Exchange(ref _answered, 1) != 0)
        {
            return;
        }

        port.End(error);
        Finish(error is not null
            ? RelayReply.Line(426, $"The transfer failed: {error}")
            : direction == FtpTransferDirection.FromDevice
                ? RelayReply.Line(226, "Transfer complete; the device ended the data but sent no final reply.")
                : RelayReply.Line(451, "The device did not confirm the upload: check the file there."));
    }

    private void Finish(ReadOnlyMemory<byte> reply)
    {
        Slot!.Complete(reply);
        session.Watch.TransferEnded();
    }
}
