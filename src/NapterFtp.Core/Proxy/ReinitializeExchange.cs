using NapterFtp.Ftp;

namespace NapterFtp.Proxy;

/// <summary>REIN (RFC 959, section 4.1.1): the session starts afresh once a transfer in progress has ended.</summary>
internal sealed class ReinitializeExchange(ReplySlot slot, PassiveExchange? passive) : Exchange(slot)
{
    public override void OnFinal(FtpReply reply)
    {
        if (reply.IsCompletion)
        {
            passive?.Current?.Supersede();
        }

        base.OnFinal(reply);
    }
}
