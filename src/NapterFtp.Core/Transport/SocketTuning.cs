using System.Net.Sockets;

namespace NapterFtp.Transport;

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

    public void Apply(Socket socket)
    {
        try
        {
            socket.NoDelay = true;
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
