using NapterFtp.Ftp;

namespace NapterFtp.Proxy;

/// <summary>ABOR (RFC 959, section 4.1.3). Some devices answer it and the transfer with one reply; the next command's reply then
/// shows that none is to come.</summary>
internal sealed class AbortExchange(ReplySlot slot) : Exchange(slot)
{
    public override bool Accepts(FtpReply reply) => reply.Code is 225 or 226 or 250 or 426 || reply.Code >= 500;
}
