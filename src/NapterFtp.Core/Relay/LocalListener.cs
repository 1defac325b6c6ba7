using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using NapterFtp.Transport;

namespace NapterFtp.Relay;

/// <summary>A listening TCP socket whose errors are made for people.</summary>
internal sealed class LocalListener : IDisposable
{
    private const int Backlog = 512;

    private static readonly TimeSpan s_firstWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_silence = TimeSpan.FromMinutes(10);

    private readonly IDisposable? _socket;
    private readonly Func<CancellationToken, ValueTask<Socket>> _accept;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Func<bool> _hasRoom;
    private readonly CancellationTokenSource _disposed = new();
    private int _failures;
    private bool _told;
    private DateTimeOffset _mayTell;

    /// <param name="endPoint">Where it listens.</param>
    /// <param name="accept">Takes the next connection.</param>
    /// <param name="socket">What listens; null where somebody else ends it.</param>
    /// <param name="time">The clock of its waits.</param>
    /// <param name="logger">Hears of connections that cannot be taken.</param>
    /// <param name="hasRoom">Whether a connection that has been taken may be used; where not, it waits until there is room for it.</param>
    internal LocalListener(
        IPEndPoint endPoint, Func<CancellationToken, ValueTask<Socket>> accept, IDisposable? socket, TimeProvider time, ILogger logger, Func<bool> hasRoom)
    {
        _hasRoom = hasRoom;
        EndPoint = endPoint;
        _accept = accept;
        _socket = socket;
        _time = time;
        _logger = logger;
    }

    /// <summary>The real end point, also where port 0 was asked for.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Binds and listens.</summary>
    /// <param name="endPoint">Where; port 0 for any free one.</param>
    /// <param name="time">The clock of its waits.</param>
    /// <param name="logger">Hears of connections that cannot be taken.</param>
    /// <param name="open">Makes the socket; null for a plain one.</param>
    /// <param name="forSessions">Whether each connection is a session, which needs others; else it belongs to one that runs.</param>
    /// <exception cref="NapterFtpException"><c>LocalPortInUse</c>, <c>LocalPortNotPermitted</c>, <c>LocalAddressNotAvailable</c>,
    /// <c>TooManyOpenFiles</c>, <c>FailedToListen</c>.</exception>
    public static LocalListener Start(IPEndPoint endPoint, TimeProvider time, ILogger logger, Func<AddressFamily, Socket>? open = null, bool forSessions = false)
    {
        var handles = FileHandles.OfProcess;
        Socket? socket = null;
        try
        {
            handles.Ask();
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
            return new LocalListener((IPEndPoint)socket.LocalEndPoint!, socket.AcceptAsync, socket, time, logger, () => forSessions ? handles.HaveRoomForSession : handles.HaveRoom);
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            throw Translate(e, endPoint);
        }
    }

    /// <summary>The next connection; null once the listener is disposed. Where the system has none to give, as without a free file
    /// handle, or but a few handles are left, it is asked again after growing waits, up to 5 s.</summary>
    public async ValueTask<Socket?> AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var socket = await _accept(cancellationToken);
                if (!await WaitForRoomAsync(socket, cancellationToken))
                {
                    return null;
                }

                if (_failures > 1 && _told)
                {
                    _told = false;
                    _logger.LogInformation("Connections to {EndPoint} are taken again.", EndPoint);
                }

                _failures = 0;
                return socket;
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.OperationAborted or SocketError.InvalidArgument or SocketError.Interrupted)
            {
                return null;
            }
            catch (SocketException e)
            {
                if (!await WaitAsync(e, cancellationToken))
                {
                    return null;
                }
            }
        }
    }

    public void Dispose()
    {
        _disposed.Cancel();
        _socket?.Dispose();
    }

    /// <summary>Holds a connection until it may be used; those behind it wait in the system's queue.</summary>
    private async ValueTask<bool> WaitForRoomAsync(Socket socket, CancellationToken cancellationToken)
    {
        while (!_hasRoom())
        {
            var goesOn = false;
            try
            {
                goesOn = await WaitAsync(FileHandles.Out(), cancellationToken);
            }
            finally
            {
                if (!goesOn)
                {
                    socket.Dispose();
                }
            }

            if (!goesOn)
            {
                return false;
            }
        }

        return true;
    }

    private async Task<bool> WaitAsync(SocketException error, CancellationToken cancellationToken)
    {
        if (++_failures == 1 && !FileHandles.AreOut(error))
        {
            // A peer that was gone before its connection was taken is no reason to wait.
            await Task.Yield();
            return true;
        }

        if (_failures <= 2)
        {
            _failures = 2;
            Tell(error);
        }

        var wait = s_firstWait * Math.Pow(2, Math.Min(_failures - 2, 10));
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_disposed.Token, cancellationToken);
        try
        {
            await Task.Delay(wait < s_longestWait ? wait : s_longestWait, _time, either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Tells why, not again for each place that becomes free and is taken at once.</summary>
    private void Tell(SocketException error)
    {
        var now = _time.GetUtcNow();
        if (now >= _mayTell)
        {
            _mayTell = now + s_silence;
            _told = true;
            _logger.LogWarning(
                "Connections to {EndPoint} cannot be taken: {Error}. {Advice}They wait, and are tried again every few seconds.",
                EndPoint,
                error.Message,
                FileHandles.AreOut(error) ? FileHandles.Advice + " " : "");
        }
    }

    /// <summary>Where Windows keeps ports back that nobody listens on.</summary>
    internal const string ReservedPortsAdvice =
        "On Windows, Hyper-V, WSL and Docker reserve blocks of ports: 'netsh int ipv4 show excludedportrange tcp' lists them.";

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
                : "Choose another port with -Port; the operating system reserves this one. " + ReservedPortsAdvice,
            endPoint,
            error),
        _ when FileHandles.AreOut(error) => FileHandles.Error($"Cannot listen on {endPoint}", endPoint, error),
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
