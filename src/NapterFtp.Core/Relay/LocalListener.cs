using System.Net;
using System.Net.Sockets;

namespace NapterFtp.Relay;

/// <summary>A listening TCP socket whose errors are made for people.</summary>
internal sealed class LocalListener : IDisposable
{
    private const int Backlog = 512;
    private readonly Socket _socket;

    private LocalListener(Socket socket)
    {
        _socket = socket;
        EndPoint = (IPEndPoint)socket.LocalEndPoint!;
    }

    /// <summary>The real end point, also where port 0 was asked for.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Binds and listens.</summary>
    /// <exception cref="NapterFtpException"><c>LocalPortInUse</c>, <c>LocalPortNotPermitted</c>, <c>LocalAddressNotAvailable</c>,
    /// <c>FailedToListen</c>.</exception>
    /// <param name="endPoint">Where; port 0 takes any free one.</param>
    /// <param name="open">Makes the socket; null for a plain one.</param>
    public static LocalListener Start(IPEndPoint endPoint, Func<AddressFamily, Socket>? open = null)
    {
        Socket? socket = null;
        try
        {
            socket = open is null ? new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) : open(endPoint.AddressFamily);
            if (OperatingSystem.IsWindows())
            {
                // Elsewhere the system refuses a second listener by itself; on Windows it must be asked to.
                socket.ExclusiveAddressUse = true;
            }

            if (endPoint.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(endPoint);
            socket.Listen(Backlog);
            return new LocalListener(socket);
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            throw Translate(e, endPoint);
        }
    }

    /// <summary>The next connection; null once the listener is disposed.</summary>
    public async ValueTask<Socket?> AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await _socket.AcceptAsync(cancellationToken);
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.OperationAborted or SocketError.InvalidArgument or SocketError.Interrupted)
            {
                return null;
            }
            catch (SocketException)
            {
                // A peer that was gone before we took its connection is no reason to stop listening.
                await Task.Yield();
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    private static NapterFtpException Translate(SocketException error, IPEndPoint endPoint) => error.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => new NapterFtpException(
            "LocalPortInUse",
            NapterFtpErrorKind.InUse,
            $"Something listens on {endPoint} already.",
            "Choose another port with -Port, or 0 for any free one; Get-NapterFtpProxy shows the proxies that run here.",
            endPoint,
            error),
        SocketError.AccessDenied => new NapterFtpException(
            "LocalPortNotPermitted",
            NapterFtpErrorKind.PermissionDenied,
            $"This user may not listen on {endPoint}.",
            endPoint.Port < 1024
                ? "Ports below 1024 need a privilege here: choose one from 1024 up, such as -Port 2121, or have the administrator allow it "
                    + "(Linux: sysctl net.ipv4.ip_unprivileged_port_start=21)."
                : "Choose another port with -Port; the operating system reserves this one.",
            endPoint,
            error),
        SocketError.AddressFamilyNotSupported => new NapterFtpException(
            "LocalAddressNotAvailable",
            NapterFtpErrorKind.InvalidArgument,
            $"This machine has no {(endPoint.AddressFamily == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4")}, so that nothing can listen on {endPoint}.",
            "Give -ListenAddress an address of the other kind, such as 127.0.0.1 for this machine only.",
            endPoint,
            error),
        SocketError.AddressNotAvailable => new NapterFtpException(
            "LocalAddressNotAvailable",
            NapterFtpErrorKind.InvalidArgument,
            $"{endPoint.Address} is no address of this machine.",
            "Give -ListenAddress one of this machine's own addresses, 127.0.0.1 for this machine only, or 0.0.0.0 for all.",
            endPoint,
            error),
        _ => new NapterFtpException(
            "FailedToListen",
            NapterFtpErrorKind.Connection,
            $"Cannot listen on {endPoint}: {error.Message}",
            "Check -ListenAddress and -Port.",
            endPoint,
            error),
    };
}

/// <summary>Addresses as FTP needs them.</summary>
internal static class Addresses
{
    /// <summary>An IPv4 address as such where the system shows it mapped into IPv6, as a dual-mode listener does.</summary>
    public static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    /// <summary>Whether both name the same host address, mapped or not.</summary>
    public static bool AreSame(IPAddress first, IPAddress second) => Plain(first).Equals(Plain(second));
}
