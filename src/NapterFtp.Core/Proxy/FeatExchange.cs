using NapterFtp.Ftp;

namespace NapterFtp.Proxy;

/// <summary>FEAT (RFC 2389): what the relay answers itself is shown or hidden as the relay offers it.</summary>
internal sealed class FeatExchange(ReplySlot slot, bool offersTls) : Exchange(slot)
{
    private static readonly string[] Security = ["AUTH", "PBSZ", "PROT", "CCC", "ADAT", "MIC", "CONF", "ENC"];
    private static readonly string[] TlsFeatures = ["AUTH TLS", "PBSZ", "PROT"];

    public override void OnFinal(FtpReply reply) =>
        Slot!.Complete(reply.IsCompletion ? FeatReply.Rewrite(reply, Security, offersTls ? TlsFeatures : []).Raw : reply.Raw);
}
