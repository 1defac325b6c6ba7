using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace NapterFtp.Relay;

/// <summary>Gives each data connection a local listener of its own out of the range the user allowed.</summary>
/// <param name="range">The range.</param>
/// <param name="time">The clock of the listeners' waits.</param>
/// <param name="logger">Hears of connections that cannot be taken.</param>
/// <param name="open">Makes a listener's socket; null for a plain one.</param>
internal sealed class PassivePortPool(PassivePortRange range, TimeProvider time, ILogger logger, Func<AddressFamily, Socket>? open = null)
{
    // Going round, rather than always from the start, keeps a late connection to an old port from meeting a new listener.
    private int _next = -1;

    /// <summary>Tries one port at the proxy's start, so that a range of which none can be had shows at once.</summary>
    /// <param name="address">The address the proxy listens on.</param>
    /// <exception cref="NapterFtpException">As of <see cref="Listen"/>.</exception>
    public void Try(IPAddress address)
    {
        Listen(address).Dispose();
        _next = -1;
    }

    /// <summary>Listens on a free port of the range at an address.</summary>
    /// <exception cref="NapterFtpException"><c>PassivePortsExhausted</c>, or what <see cref="LocalListener.Start"/> throws.</exception>
    public LocalListener Listen(IPAddress address)
    {
        if (range.IsAny)
        {
            return LocalListener.Start(new IPEndPoint(address, 0), time, logger, open);
        }

        var refused = 0;
        for (var attempt = 0; attempt < range.Count; attempt++)
        {
            var offset = (int)((uint)Interlocked.Increment(ref _next) % (uint)range.Count);
            try
            {
                return LocalListener.Start(new IPEndPoint(address, range.First + offset), time, logger, open);
            }
            catch (NapterFtpException e) when (e.ErrorId is "LocalPortInUse" or "LocalPortNotPermitted")
            {
                // The next one may be free.
                refused += e.ErrorId == "LocalPortNotPermitted" ? 1 : 0;
            }
        }

        throw NoneLeft(refused);
    }

    private NapterFtpException NoneLeft(int refused) => refused == 0
        ? new NapterFtpException(
            "PassivePortsExhausted",
            NapterFtpErrorKind.LimitReached,
            $"All local data ports {range} are in use.",
            "Give Start-NapterFtpProxy a wider -PassivePortRange, or run fewer transfers at once.",
            range.ToString())
        : new NapterFtpException(
            "PassivePortsExhausted",
            NapterFtpErrorKind.LimitReached,
            $"None of the local data ports {range} can be had: the operating system keeps {refused} of {range.Count} back, and the others are in use.",
            $"Give Start-NapterFtpProxy another -PassivePortRange. {LocalListener.ReservedPortsAdvice}",
            range.ToString());
}

/// <summary>The local TCP ports that data connections may use, inclusive; 0-0 lets the system choose any.</summary>
internal readonly record struct PassivePortRange(int First, int Last)
{
    /// <summary>Any port the system gives.</summary>
    public static PassivePortRange Any => default;

    /// <summary>The default of <c>Start-NapterFtpProxy</c>: below every system's range of outgoing ports (Windows and macOS from
    /// 49152, Linux from 32768), in which Windows besides reserves blocks for Hyper-V, WSL and Docker.</summary>
    public static PassivePortRange Default => new(20000, 20999);

    /// <summary>Whether the system chooses.</summary>
    public bool IsAny => First == 0 && Last == 0;

    /// <summary>How many ports there are; 0 for any.</summary>
    public int Count => IsAny ? 0 : Last - First + 1;

    /// <summary>Reads <c>20000-20999</c>, a single port, or <c>0</c> for any.</summary>
    /// <exception cref="NapterFtpException"><c>InvalidPassivePortRange</c>.</exception>
    public static PassivePortRange Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text.Split('-', StringSplitOptions.TrimEntries);
        if (parts.Length is 1 or 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            && ((first == 0 && last == 0) || (first >= 1 && last <= 65535 && first <= last)))
        {
            return new PassivePortRange(first, last);
        }

        throw new NapterFtpException(
            "InvalidPassivePortRange",
            NapterFtpErrorKind.InvalidArgument,
            $"'{text}' is not a range of TCP ports.",
            "Give two ports from 1 to 65535 with a hyphen between, such as 20000-20999, or 0 for any free port.",
            text);
    }

    /// <inheritdoc/>
    public override string ToString() => IsAny
        ? "0"
        : string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");
}
