using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NapterFtp.Transport;

/// <summary>A TCP connection to the gateway through a proxy, made by .NET's own HTTP client, which knows how to talk to proxies and
/// how to log in there (Basic, Digest, NTLM, Negotiate, SOCKS).</summary>
/// <remarks>It is asked for a plain WebSocket, for which it opens a tunnel without TLS of its own, and relieved of the tunnel before
/// it says a word in it: what goes through is ours, TLS from end to end included.</remarks>
internal sealed class ProxyTunnel : Connection
{
    private readonly Stream _stream;
    private readonly SocketConnection _socket;

    private ProxyTunnel(Stream stream, SocketConnection socket)
    {
        _stream = stream;
        _socket = socket;
    }

    public override IPEndPoint? LocalEndPoint => _socket.LocalEndPoint;

    /// <summary>The proxy's end.</summary>
    public override IPEndPoint? RemoteEndPoint => _socket.RemoteEndPoint;

    /// <summary>Connects.</summary>
    /// <param name="proxy">The proxy and its login.</param>
    /// <param name="host">The host that the proxy is asked for.</param>
    /// <param name="port">Its port.</param>
    /// <param name="tuning">What to set the socket to.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="HttpRequestException">The proxy could not be reached, or did not make the connection.</exception>
    public static async Task<Connection> ConnectAsync(IWebProxy proxy, string host, int port, SocketTuning tuning, CancellationToken cancellationToken)
    {
        // A proxy that wants a login may end the first connection and be dialled again; the last one carries the tunnel.
        Socket? socket = null;
        Stream? tunnel = null;
        await using var giveUp = cancellationToken.UnsafeRegister(_ => Volatile.Read(ref socket)?.Dispose(), null);
        using var handler = new SocketsHttpHandler
        {
            Proxy = proxy,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
            ConnectCallback = async (context, token) =>
            {
                FileHandles.OfProcess.Ask();
                using var either = CancellationTokenSource.CreateLinkedTokenSource(token, cancellationToken);
                var dialled = await HostDialer.ConnectAsync(context.DnsEndPoint, either.Token);
                Volatile.Write(ref socket, dialled);
                if (cancellationToken.IsCancellationRequested)
                {
                    dialled.Dispose();
                    cancellationToken.ThrowIfCancellationRequested();
                }

                return new NetworkStream(dialled, ownsSocket: true);
            },
            PlaintextStreamFilter = (context, _) =>
            {
                if (context.InitialRequestMessage.Method == HttpMethod.Connect)
                {
                    return new ValueTask<Stream>(context.PlaintextStream);
                }

                tunnel = context.PlaintextStream;
                return new ValueTask<Stream>(new AnsweredStream());
            },
        };
        using var login = new ProxyLoginHandler(handler);
        using var invoker = new HttpMessageInvoker(login, disposeHandler: false);
        using var request = new HttpRequestMessage(HttpMethod.Get, new UriBuilder("ws", host, port).Uri) { Version = HttpVersion.Version11 };
        try
        {
            using var response = await invoker.SendAsync(request, cancellationToken);
        }
        catch
        {
            socket?.Dispose();
            throw;
        }

        return new ProxyTunnel(tunnel!, new SocketConnection(socket!, tuning, mayBlock: false));
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => _stream.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) => _stream.WriteAsync(buffer, cancellationToken);

    /// <summary>Nothing: TLS within has said that no more comes, and many a proxy ends both directions as soon as one has ended.</summary>
    public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public override void Abort() => _socket.Abort();

    public override ValueTask DisposeAsync() => _socket.DisposeAsync();

    /// <summary>What the HTTP client gets in place of the tunnel: it may write what it likes, and reads an empty answer.</summary>
    private sealed class AnsweredStream : Stream
    {
        private readonly MemoryStream _answer = new(Encoding.ASCII.GetBytes("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"), writable: false);

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => _answer.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
            _answer.ReadAsync(buffer, cancellationToken);

        public override void Write(byte[] buffer, int offset, int count)
        {
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public override void Flush()
        {
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
