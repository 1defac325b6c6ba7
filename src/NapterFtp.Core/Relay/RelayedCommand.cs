using NapterFtp.Devices;
using NapterFtp.Entries;
using NapterFtp.Ftp;

namespace NapterFtp.Relay;

/// <summary>A command that goes to the device, and whose replies go back to the client as they are.</summary>
/// <param name="verb">In upper case; empty for the greeting.</param>
/// <param name="slot">The client's place in line; null for a command of the relay's own.</param>
/// <param name="onFinal">Sees the final reply, and says what the client gets in its place; null passes it on.</param>
internal class RelayedCommand(string verb, ReplySlot? slot, Func<FtpReply, FtpReply>? onFinal = null) : PendingCommand(verb)
{
    /// <summary>The client's place in line; null for a command of the relay's own.</summary>
    protected ReplySlot? Slot { get; } = slot;

    public override void OnPreliminary(FtpReply reply) => Slot?.Write(reply.Raw);

    public override void OnText(FtpReply text) => Slot?.Write(text.Raw);

    public override void OnFinal(FtpReply reply)
    {
        Slot?.MarkAnswered();
        Slot?.Complete((onFinal?.Invoke(reply) ?? reply).Raw);
    }

    public override void OnUnanswered() => Slot?.Complete();
}

/// <summary>What passes by on a session's control connection to the device.</summary>
internal sealed class RelayedReplies(ControlSession session, ByteCounters counters) : ControlConnectionEvents
{
    public override FtpReply Seen(FtpReply reply)
    {
        session.OnReply(reply);
        return reply.ForClients();
    }

    public override void Unasked(FtpReply reply) => session.PassOnUnasked(reply);

    public override void AnsweredAhead(FtpReply reply) => session.Services.Traits.AnswersDuringTransfers = true;

    public override void Sent(int bytes) => counters.AddToDevice(bytes);

    public override void Received(int bytes) => counters.AddFromDevice(bytes);

    public override ValueTask RoomAsync(CancellationToken cancellationToken) => session.Client.RoomAsync(cancellationToken);
}
