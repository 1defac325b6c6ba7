using System.Net;
using NapterFtp.Listening;

namespace NapterFtp.Proxy;

/// <summary>Gives each data connection a local listener of its own out of the range the user allowed.</summary>
internal sealed class PassivePortPool(PassivePortRange range)
{
    // Going round, rather than always from the start, keeps a late connection to an old port from meeting a new listener.
    private int _next = -1;

    /// <summary>Listens on a free port of the range at an address.</summary>
    /// <exception cref="NapterFtpException"><c>PassivePortsExhausted</c>, or what <see cref="LocalListener.Start"/> throws.</exception>
    public LocalListener Listen(IPAddress address)
    {
        if (range.IsAny)
        {
            return LocalListener.Start(new IPEndPoint(address, 0));
        }

        for (var attempt = 0; attempt < range.Count; attempt++)
        {
            var offset = (int)((uint)Interlocked.Increment(ref _next) % (uint)range.Count);
            try
            {
                return LocalListener.Start(new IPEndPoint(address, range.First + offset));
            }
            catch (NapterFtpException e) when (e.ErrorId is "LocalPortInUse" or "LocalPortNotPermitted")
            {
                // The next one may be free.
            }
        }

        throw new NapterFtpException(
            "PassivePortsExhausted",
            NapterFtpErrorKind.LimitReached,
            $"All local data ports {range} are in use.",
            "Give Start-NapterFtpProxy a wider -PassivePortRange, or run fewer transfers at once.",
            range.ToString());
    }
}
