using NapterFtp.Ftp;

namespace NapterFtp.Proxy;

/// <summary>A reply after which the session ends: the answer to QUIT, or a greeting that turns the client away.</summary>
internal sealed class QuitExchange(ControlSession session, ReplySlot slot) : Exchange(slot)
{
    public override void OnFinal(FtpReply reply)
    {
        session.NoteFarewell();
        base.OnFinal(reply);
    }
}
