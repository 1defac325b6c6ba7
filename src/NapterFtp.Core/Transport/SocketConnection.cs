using System.Net;
using System.Net.Sockets;

namespace NapterFtp.Transport;

/// <summary>A connection over a TCP socket, which it owns.</summary>
internal sealed partial class SocketConnection : Connection
{
    private readonly Socket _socket;
    private readonly Action? _closed;
    private readonly Func<bool>? _endsCleanly;
    private readonly bool _asynchronyIsForGood;
    private volatile bool _mayBlock;
    private int _isClosed;

    /// <param name="socket">Connected.</param>
    /// <param name="tuning">What to set it to.</param>
    /// <param name="mayBlock">False for one that is to take no threads of its own, or that has been used asynchronously, connecting
    /// included, where <see cref="SocketTuning.AsynchronyIsForGood"/>.</param>
    /// <param name="closed">Called once when it is closed.</param>
    /// <param name="endsCleanly">Whether an end that is seen now was the far peer's own, where another protocol is behind the socket.</param>
    public SocketConnection(Socket socket, SocketTuning? tuning = null, bool mayBlock = true, Action? closed = null, Func<bool>? endsCleanly = null)
    {
        tuning ??= SocketTuning.Default;
        _socket = socket;
        _mayBlock = mayBlock;
        _asynchronyIsForGood = tuning.AsynchronyIsForGood;
        _closed = closed;
        _endsCleanly = endsCleanly;
        tuning.Apply(socket);

        // Asked for now: a closed socket no longer tells.
        LocalEndPoint = EndPointOf(() => socket.LocalEndPoint);
        RemoteEndPoint = EndPointOf(() => socket.RemoteEndPoint);
    }

    public override IPEndPoint? LocalEndPoint { get; }

    public override IPEndPoint? RemoteEndPoint { get; }

    /// <summary>Whether whoever made it lets it take threads; where <see cref="SocketTuning.AsynchronyIsForGood"/>, until the first
    /// asynchronous call.</summary>
    public override bool CanBlock => _mayBlock;

    public override bool EndedCleanly => _endsCleanly?.Invoke() ?? true;

    public override int Available => _socket.Available;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        _mayBlock &= !_asynchronyIsForGood;
        return _socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        _mayBlock &= !_asynchronyIsForGood;
        while (!buffer.IsEmpty)
        {
            buffer = buffer[await _socket.SendAsync(buffer, SocketFlags.None, cancellationToken)..];
        }
    }

    public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken)
    {
        CompleteWrites();
        return ValueTask.CompletedTask;
    }

    public override void Abort()
    {
        try
        {
            // With no time to linger, closing sends RST and drops what is unsent.
            _socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
        }

        Close();
    }

    public override ValueTask DisposeAsync()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
        }

        Close();
        return ValueTask.CompletedTask;
    }

    private void Close()
    {
        _socket.Dispose();
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            _closed?.Invoke();
        }
    }

    private static IPEndPoint? EndPointOf(Func<EndPoint?> ask)
    {
        try
        {
            return ask() as IPEndPoint;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }
}

/// <summary>What every relayed socket is set to.</summary>
internal sealed record SocketTuning
{
    public static SocketTuning Default { get; } = new();

    /// <summary>Silence after which TCP asks whether the peer is still there. Below the five minutes after which common routers
    /// forget an idle connection, such as a control connection during a long transfer.</summary>
    public TimeSpan KeepAliveTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Time between two unanswered questions.</summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Unanswered questions after which the connection is dead.</summary>
    public int KeepAliveProbes { get; init; } = 6;

    /// <summary>Whether the first asynchronous call spoils a socket for blocking ones: on all systems but Windows, .NET makes it
    /// non-blocking then and has a thread of its own woken by each arrival, which makes blocking calls no cheaper than asynchronous
    /// ones.</summary>
    public bool AsynchronyIsForGood { get; init; } = !OperatingSystem.IsWindows();

    public void Apply(Socket socket)
    {
        try
        {
            socket.NoDelay = true;

            // FTP clients send a byte of ABOR as urgent data, which the system would take out of the stream.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.OutOfBandInline, true);
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, (int)KeepAliveTime.TotalSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, (int)KeepAliveInterval.TotalSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveProbes);
        }
        catch (SocketException)
        {
            // The peer has gone already, which the first read tells better, or an old Windows lacks one of the options.
        }
    }
}
