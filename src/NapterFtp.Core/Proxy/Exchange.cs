using NapterFtp.Ftp;

namespace NapterFtp.Proxy;

/// <summary>What is to be done with the device's replies to one command. The replies of a device come in the order of the
/// commands it was sent (RFC 959, section 5.4).</summary>
/// <param name="slot">The client's place in line; null for a command of the relay's own.</param>
internal abstract class Exchange(ReplySlot? slot)
{
    /// <summary>The client's place in line; null for a command of the relay's own.</summary>
    protected ReplySlot? Slot { get; } = slot;

    /// <summary>A 1xx reply: another follows.</summary>
    public virtual void OnPreliminary(FtpReply reply) => Slot?.Write(reply.Raw);

    /// <summary>A line that is no reply at all; it belongs before the reply.</summary>
    public virtual void OnText(FtpReply text) => Slot?.Write(text.Raw);

    /// <summary>The reply that ends the command. Must not wait: what takes time is left to a task that completes the slot.</summary>
    public virtual void OnFinal(FtpReply reply) => Slot?.Complete(reply.Raw);

    /// <summary>The device will not answer any more, or answered a later command first.</summary>
    public virtual void OnMissing() => Slot?.Complete();

    /// <summary>Whether a reply can be an answer to this command; devices leave out and repeat replies.</summary>
    public virtual bool Accepts(FtpReply reply) => reply.Code is not (227 or 229);
}
