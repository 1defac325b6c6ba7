using System.Net;
using NapterFtp.Ftp;

namespace NapterFtp.Fuzz;

/// <summary>Any reply or argument either names a port in range, which survives being written and read again, or is refused.</summary>
public static class AddressInvariants
{
    public static void Check(byte[] input)
    {
        CheckReply(new FtpReply(227, (byte[])[.. "227 "u8, .. input]));
        CheckReply(new FtpReply(229, (byte[])[.. "229 "u8, .. input]));
        if (PortCommand.TryParsePort(input, out var port))
        {
            CheckEndPoint(port);
        }

        if (PortCommand.TryParseEprt(input, out var extended, out var unknownProtocol))
        {
            Invariant.Holds(!unknownProtocol, "a known protocol where an address is read");
            CheckEndPoint(extended);
        }
    }

    private static void CheckReply(FtpReply reply)
    {
        var parsed = PassiveReply.TryParse(reply, out var address, out var fault);
        Invariant.Holds(parsed == (fault == PassiveReplyFault.None), "a fault where nothing is read, and only there");
        if (!parsed)
        {
            return;
        }

        Invariant.Holds(address.Port is >= 1 and <= IPEndPoint.MaxPort, "a port in range");
        var written = address.Host is { } host ? PassiveReply.Format227(host, address.Port) : PassiveReply.Format229(address.Port);
        var again = new FtpReply(address.Host is null ? 229 : 227, written);
        Invariant.Holds(PassiveReply.TryParse(again, out var same) && same == address, "the same address when written and read again");
    }

    private static void CheckEndPoint(IPEndPoint endPoint) =>
        Invariant.Holds(endPoint.Port is >= 0 and <= IPEndPoint.MaxPort, "a port in range");
}
