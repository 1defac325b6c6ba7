using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace NapterFtp.Benchmarks.Source;

/// <summary>One connection to the source, plain or TLS, on a thread of its own.</summary>
internal sealed class SourceConnection : IDisposable
{
    /// <summary>Fifteen TLS records, which fit into one send with what TLS adds.</summary>
    private const int Piece = 15 * 16 * 1024;

    private static readonly byte[] s_content = MakeContent();

    private readonly Socket _socket;
    private readonly GatheringStream _transport;
    private SslStream? _tls;

    public SourceConnection(Socket socket, SslStreamCertificateContext? certificate)
    {
        socket.NoDelay = true;
        _socket = socket;
        _transport = new GatheringStream(socket);
        if (certificate is not null)
        {
            Protect(certificate);
        }
    }

    private Stream Stream => (Stream?)_tls ?? _transport;

    /// <summary>Goes on with TLS.</summary>
    public void Protect(SslStreamCertificateContext certificate)
    {
        _tls = new SslStream(_transport, leaveInnerStreamOpen: true);
        _tls.AuthenticateAsServer(new SslServerAuthenticationOptions { ServerCertificateContext = certificate });
        _transport.Flush();
    }

    /// <summary>A line without its end; null at the end of stream.</summary>
    public string? ReadLine()
    {
        var line = new StringBuilder();
        Span<byte> one = stackalloc byte[1];
        while (Stream.Read(one) == 1)
        {
            if (one[0] == '\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append((char)one[0]);
        }

        return null;
    }

    public void WriteLine(string line)
    {
        Stream.Write(Encoding.ASCII.GetBytes(line + "\r\n"));
        _transport.Flush();
    }

    /// <summary>Sends so many bytes.</summary>
    public void Send(long length)
    {
        while (length > 0)
        {
            var piece = (int)Math.Min(length, Piece);
            Stream.Write(s_content, 0, piece);
            _transport.Flush();
            length -= piece;
        }
    }

    /// <summary>Receives so many bytes, or to the end of stream, and drops them.</summary>
    public long Receive(long limit = long.MaxValue)
    {
        var buffer = new byte[Piece];
        var total = 0L;
        while (total < limit && Stream.Read(buffer) is > 0 and var count)
        {
            total += count;
        }

        return total;
    }

    /// <summary>Ends the own direction in good order and waits for the peer's end.</summary>
    public void End()
    {
        try
        {
            _tls?.ShutdownAsync().GetAwaiter().GetResult();
            _socket.Shutdown(SocketShutdown.Send);
            Receive();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // A peer that had no more to say may have gone.
        }
    }

    public void Dispose()
    {
        _tls?.Dispose();
        _transport.Dispose();
        _socket.Dispose();
    }

    private static byte[] MakeContent()
    {
        var content = new byte[Piece];
        new Random(1).NextBytes(content);
        return content;
    }
}
