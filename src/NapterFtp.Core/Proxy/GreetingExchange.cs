using NapterFtp.Ftp;

namespace NapterFtp.Proxy;

/// <summary>The device's greeting. Some devices turn a client away with 221 where RFC 959 wants 421; either way the connection ends.</summary>
internal sealed class GreetingExchange(ControlSession session, ReplySlot slot) : Exchange(slot)
{
    public override bool Accepts(FtpReply reply) => true;

    public override void OnFinal(FtpReply reply)
    {
        session.Watch.Greeted();
        if (reply.Code == 221 || reply.IsNegative)
        {
            session.NoteFarewell();
        }

        base.OnFinal(reply);
    }
}
